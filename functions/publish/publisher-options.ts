import type { Diagnostic } from '../core/diagnostics.ts';
import type { Intent } from '../core/intent.ts';
import type { LossRules } from '../core/mass-loss.ts';
import type { Tell } from '../core/occurrence.ts';
import type { RenderSettings } from '../core/render.ts';
import type { History } from '../core/revision.ts';
import type { StatusSink } from '../core/statuses.ts';
import type { Checker } from '../intent/check.ts';
import type { RenderEvent, Variant } from './publication.ts';
import type { RendererLimits } from '../renderer/process.ts';
import type { Thresholds } from '../rollout/judgement.ts';
import type { SeenProxy } from '../rollout/convergence.ts';
import { AT_ONCE, type Step } from '../rollout/step.ts';
import type { Log } from '../wire/log.ts';

/** How revisions reach the proxies. */
export interface RolloutOptions {
  readonly steps: readonly Step[];
  /** How long each step is watched, in milliseconds. */
  readonly soakMs: number;
  /** Over how long proxies count what they tell, in milliseconds. */
  readonly windowMs: number;
  readonly thresholds: Thresholds;
  readonly proxies: () => Iterable<SeenProxy>;
}

/** All at once. */
export const NO_STEPS: RolloutOptions = {
  steps: AT_ONCE,
  soakMs: 0,
  windowMs: 0,
  thresholds: { minRequests: 0, tolerance: 1, significance: 0 },
  proxies: () => [],
};

export interface PublisherOptions {
  readonly settings: RenderSettings;
  readonly limits: RendererLimits;
  /** The variant of those who name none: always rendered, and what readiness is judged by. */
  readonly variant: Variant;
  readonly maxVariants: number;
  /** How long after a render further changes are gathered, in milliseconds. */
  readonly quietMs: number;
  /** How long a poller that has seen more than this replica is held at most, in milliseconds. */
  readonly lagMs?: number;
  /** Where revisions are kept. */
  readonly history: History;
  /** Judges intents beside their renders. */
  readonly checker?: Checker | undefined;
  /** How long whoever applies something waits to be told what would become of it, in milliseconds. */
  readonly proposalMs?: number | undefined;
  /** Judges what is not applied yet; apart, so that neither waits for the other. */
  readonly foreChecker?: Checker | undefined;
  /** Whether what proxies refuse counts as a check that failed: they prove who they are, and there is no checker. */
  readonly heedsRefusals?: boolean;
  /** How revisions reach the proxies: all at once, where this is absent. */
  readonly rollout?: RolloutOptions;
  /** What is kept where many servers vanish at once: nothing, where this is absent. */
  readonly massLoss?: { readonly rules: LossRules; readonly holdMs: number } | undefined;
  readonly log: Log;
  /** What is wrong with the manifests themselves. */
  readonly sourceDiagnostics: () => readonly Diagnostic[];
  /** Other intents are served from now on. */
  readonly onServed?: (intents: readonly Intent[]) => void;
  readonly onRender?: (event: RenderEvent) => void;
  /** Something happened to what people wrote. */
  readonly tell?: Tell;
  /** Where what `status.yaml` gives is written; it is not rendered, where this is absent. */
  readonly statuses?: StatusSink | undefined;
}
