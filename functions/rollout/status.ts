import type { Diagnostic } from '../core/diagnostics.ts';
import type { Candidate, Rollout } from '../core/rollout.ts';
import type { GateStatus } from '../intent/status.ts';
import { MEASURES, type Measure, type Sides, type Aggregate } from './evidence-summary.ts';
import type { Strength } from './convergence.ts';
import { formatStep, type Step } from './step.ts';

/** How many of how many went badly on either side. */
export interface MeasuredStep {
  readonly measure: Measure;
  readonly candidate: Measured;
  readonly stable: Measured;
}

type Measured = Pick<Aggregate, 'bad' | 'of' | 'proxies'>;

const measured = ({ bad, of, proxies }: Aggregate): Measured => ({ bad, of, proxies });

function measuresOf({ candidate, stable }: Sides): readonly MeasuredStep[] {
  return MEASURES.filter((measure) => candidate[measure].of + stable[measure].of > 0).map(
    (measure) => ({
      measure,
      candidate: measured(candidate[measure]),
      stable: measured(stable[measure]),
    }),
  );
}

/** What `/status` shows of a rollout. */
export interface RolloutStatus {
  readonly stable?: string;
  readonly candidate?: {
    readonly hash: string;
    /** From 1 on. */
    readonly step: number;
    readonly steps: readonly string[];
    readonly since: string;
    /** Proxies of this replica that are to run it, and those that do. */
    readonly live: number;
    readonly running: number;
    /** Why the next step has not begun. */
    readonly waits: string;
    /** What the proxies of this replica have counted in this step, by measure, where they have. */
    readonly evidence: readonly MeasuredStep[];
  };
  readonly halted?: Rollout['halted'];
}

/** Why a newer revision reaches no proxy; undefined where none is halted. */
export function haltDiagnostic(
  rollout: Rollout | undefined,
  namespace: string,
): Diagnostic | undefined {
  const { halted, pinned } = rollout ?? {};
  if (!halted || pinned !== undefined) return undefined;
  return {
    severity: 'error',
    code: 'rollout-halted',
    message: `the rollout of revision ${halted.hash.slice(0, 19)} is halted: ${halted.reason}`,
    hint: 'Change the ConfigMaps, or say kubernetes-haproxy rollout resume to try it once more; until then all proxies run the stable revision.',
    where: { object: `configmaps/${namespace}/rollout`, key: 'halted' },
  };
}

/** How the newest intent stands, with what has become of it beyond the gate. */
export function withRollout(status: GateStatus, rollout: Rollout | undefined): GateStatus {
  if (status.state !== 'good' && status.state !== 'held back') return status;
  if (rollout?.candidate) return { ...status, state: 'rolling out' };
  return rollout?.halted ? { ...status, state: 'halted' } : status;
}

/** What `/status` shows; `strength`: of this replica's proxies. */
export function showRollout(
  { stable, halted }: Rollout,
  about: {
    readonly candidate: Candidate | undefined;
    readonly strength: Strength | undefined;
    readonly steps: readonly Step[];
    readonly waits: string;
    readonly evidence: Sides;
  },
): RolloutStatus {
  const { candidate, strength, steps, waits, evidence } = about;
  return {
    ...(stable !== undefined && { stable }),
    ...(candidate &&
      strength && {
        candidate: {
          hash: candidate.hash,
          step: candidate.step + 1,
          steps: steps.map(formatStep),
          since: candidate.since,
          ...strength,
          waits,
          evidence: measuresOf(evidence),
        },
      }),
    ...(halted && { halted }),
  };
}
