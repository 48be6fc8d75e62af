import { assembleBundle } from '../core/assembly.ts';
import type { Member } from '../rollout/member.ts';
import type { Diagnostic } from '../core/diagnostics.ts';
import { hashIntent, type Intent } from '../core/intent.ts';
import type { PackedUpdate } from '../core/packing.ts';
import { keepNamed } from '../core/kept-certificates.ts';
import type { Rendering, RenderSettings } from '../core/render.ts';
import type {
  Answer,
  HeldQuestion,
  Question,
  RenderEvent,
  Settle,
  Variant,
} from './publication.ts';
import { sendIntent } from '../intent/send-intent.ts';
import { RendererGone, type RendererLimits, type RendererProcess } from '../renderer/process.ts';
import { createSupervisor } from '../renderer/supervisor.ts';
import type { Log } from '../wire/log.ts';
import type { Channel, Moving, Outcome, Selection } from './channel.ts';
import { createChannels } from './channels.ts';
import { createCoalescer } from './coalescer.ts';
import type { MassLoss } from './mass-loss.ts';
import type { Party } from './rendezvous.ts';
import type { Inputs, Store } from './store.ts';

export interface EditionOptions {
  readonly settings: RenderSettings;
  readonly limits: RendererLimits;
  /** The variant that is always rendered. */
  readonly variant: Variant;
  readonly maxVariants: number;
  /** How long after a render further changes are gathered, in milliseconds. */
  readonly quietMs: number;
  /** How long a poller that has seen more than this replica is held at most, in milliseconds. */
  readonly lagMs?: number | undefined;
  readonly store: Pick<Store, 'endpoints' | 'intentUpdate' | 'inputs' | 'ofRollout' | 'isSynced'>;
  /** Pods that are kept as they were, and whether what is rendered with them may be served. */
  readonly massLoss?: Pick<MassLoss, 'kept' | 'admits'> | undefined;
  /** With others that render the same endpoints at the same time. */
  readonly party?: Party | undefined;
  readonly onRender?: ((event: RenderEvent) => void) | undefined;
  /** There is something to serve for a variant that had nothing before. */
  readonly onFirst?: (() => void) | undefined;
  readonly log: Log;
}

/** One intent with today's endpoints, rendered in a process of its own for everybody who is to have it. */
export interface Edition {
  /** The intent; undefined before the first. */
  intent(): Intent | undefined;
  /** Its hash; empty before the first. */
  revision(): string;
  /**
   * Goes on with another intent: in a renderer that knows it already, where there is one. Gives the renderer that it
   * had before for that.
   */
  turn(intent: Intent, ready?: RendererProcess): RendererProcess | undefined;
  /** Hands changed endpoints on, and renders them. */
  update(update: PackedUpdate): void;
  /** Renders again at once what has not changed: it may not be served any more. */
  review(): void;
  /** What has been rendered holds for a later position too. */
  advance(): void;
  /** Tells those who ask that there is something newer that they do not get, and why; undefined: there is not. */
  warn(failure: Diagnostic | undefined): void;
  /** Says with every answer that this is in the place of another revision. */
  standIn(revision: string): void;
  /** There is nothing to render, for this reason. */
  fail(failure: Diagnostic): void;
  ask(question: Question, settle: Settle): Answer | HeldQuestion;
  /** The channels of all variants, the default one first. */
  channels(): readonly Channel[];
  find(variant: Variant): Channel | undefined;
  /** What renders found wrong. */
  diagnostics(): readonly Diagnostic[];
  /** The renderer's process, for status and tests. */
  renderer(): { readonly pid: number | undefined; readonly starts: number };
  /** Renders everything again, in a new process. */
  reconcile(): void;
  /** Tells everybody who waits, or these, what holds now. */
  dismiss(which?: Selection): void;
  /** Whether there is something to serve for this variant; if not, there is going to be, if it renders. */
  isReadyFor(variant: Variant): boolean;
  /** Gives up these of the questions that wait, by their variant, for another edition. */
  part(
    which: (proxy: Member | undefined, variant: Variant) => boolean,
  ): ReadonlyMap<Variant, readonly Moving[]>;
  /** Goes on with questions of another edition. */
  join(variant: Variant, moving: readonly Moving[]): void;
  /** Tells everybody who waits what holds, each at a time of its own within so many milliseconds; no later one waits. */
  release(overMs?: number): void;
  stop(): void;
}

/** What a render was made of. */
interface Rendered {
  readonly version: number;
  readonly revision: string;
}

function goneDiagnostic(error: RendererGone, namespace: string): Diagnostic {
  const { code, message, hint } = error;
  const where = { object: `configmaps/${namespace}/config`, key: 'template' };
  return { severity: 'error', code, message, hint, where };
}

function toOutcome(rendering: Rendering, { certificates, lost, asOf }: Inputs): Outcome {
  if (rendering.kind !== 'rendered') return { kind: 'failure', failure: rendering.failure };
  const all = new Map([...lost, ...certificates]);
  return { kind: 'bundle', bundle: assembleBundle({ rendering, certificates: all, asOf }) };
}

export function createEdition(options: EditionOptions): Edition {
  const { settings, limits, store, log, onRender = () => undefined } = options;
  const { onFirst = () => undefined, massLoss, party } = options;
  const channels = createChannels({
    first: options.variant,
    limit: options.maxVariants,
    lagMs: options.lagMs,
  });
  const coalescer = createCoalescer({ quietMs: options.quietMs, run: renderAll });
  const supervisor = createSupervisor({ settings, limits, onStart, onGone, log });
  const found = new WeakMap<Channel, readonly Diagnostic[]>();
  let intent: Intent | undefined;
  let revision = '';
  let insteadOf: string | undefined;
  /** With each, what was rendered before holds for nothing later. */
  let turns = 0;
  let isStale = false;
  let isStopped = false;

  const versionOf = (inputs: Inputs) => inputs.version + turns;

  function onStart(renderer: RendererProcess): void {
    renderer.update(store.endpoints()).catch(() => undefined);
    if (intent) sendIntent(renderer, intent, store.intentUpdate);
  }

  function onGone(pauseMs: number): void {
    coalescer.pause(pauseMs);
    coalescer.request(false);
  }

  /** Inputs may have come further without a change; and the rollout, while changes are rendered. */
  function advance(channel: Channel): void {
    const latest = store.inputs();
    channel.advance(latest.asOf, versionOf(latest));
    channel.steer(store.ofRollout(), revision);
  }

  function publish(channel: Channel, outcome: Outcome, of: Rendered): boolean {
    const isFirst = channel.status().etag === undefined;
    const ofRollout = of.revision === revision ? store.ofRollout() : {};
    const isNew = channel.publish(outcome, { ...of, ofRollout, at: new Date() });
    advance(channel);
    const { variant, etag } = channel.status();
    if (outcome.kind === 'failure')
      log.warn('render failed', { variant, failure: outcome.failure });
    else if (isNew) log.info('bundle published', { variant, etag, revision: of.revision });
    if (isNew && isFirst) onFirst();
    return isNew;
  }

  function keep(rendering: Rendering, { variant }: Channel, { lost }: Inputs): Rendering {
    if (rendering.kind !== 'rendered') return rendering;
    return keepNamed(rendering, { sslDir: variant.sslDir, namespace: settings.namespace, lost });
  }

  /** Once, as something is left out or kept. */
  function tellLoud(channel: Channel, { diagnostics }: Rendering): void {
    const before = new Set((found.get(channel) ?? []).map(({ message }) => message));
    for (const diagnostic of diagnostics)
      if (diagnostic.severity === 'error' && !before.has(diagnostic.message))
        log.warn('problem in the inputs', { diagnostic });
  }

  async function renderChannel(channel: Channel): Promise<void> {
    const start = performance.now();
    const renderer = supervisor.open();
    // Messages keep their order: the render sees exactly what has been taken so far.
    const inputs = store.inputs();
    const kept = massLoss?.kept();
    const of = { version: versionOf(inputs), revision };
    try {
      const { rendering: rendered, seconds } = await renderer.render(channel.variant);
      supervisor.succeeded();
      await party?.arrive();
      // What comes of it is about to be rendered.
      if (kept && !massLoss?.admits(rendered, kept)) return;
      const rendering = keep(rendered, channel, inputs);
      tellLoud(channel, rendering);
      found.set(channel, rendering.diagnostics);
      const isNew = publish(channel, toOutcome(rendering, inputs), of);
      const outcome = isNew ? 'changed' : 'same';
      onRender({ outcome: rendering.kind === 'rendered' ? outcome : 'failed', seconds });
    } catch (error) {
      if (!(error instanceof RendererGone)) throw error;
      party?.leave();
      const failure = goneDiagnostic(error, settings.namespace);
      found.set(channel, [failure]);
      publish(channel, { kind: 'failure', failure }, of);
      onRender({ outcome: 'killed', seconds: (performance.now() - start) / 1000 });
    }
  }

  async function renderAll(): Promise<void> {
    if (isStale) supervisor.replace();
    isStale = false;
    // Those first that somebody waits for.
    const order = [...channels.all()].sort((a, b) => Number(a.isIdle()) - Number(b.isIdle()));
    for (const channel of order) {
      if (isStopped || !store.isSynced() || !intent) return;
      await renderChannel(channel);
    }
  }

  function open(variant: Variant): Channel | undefined {
    const opened = channels.open(variant);
    if (opened?.isNew) coalescer.request(true);
    return opened?.channel;
  }

  return {
    intent: () => intent,
    revision: () => revision,
    turn(next, ready) {
      intent = next;
      revision = hashIntent(next);
      turns++;
      const old = ready && supervisor.exchange(ready);
      const running = ready ? undefined : supervisor.running();
      if (running) sendIntent(running, next, store.intentUpdate);
      coalescer.pause(0);
      coalescer.request(true);
      return old;
    },
    update(update) {
      const renderer = supervisor.running();
      if (renderer) {
        party?.begin();
        renderer.update(update).then(
          ({ hasLostPod }) => coalescer.request(hasLostPod),
          () => party?.leave(),
        );
      } else if (intent) coalescer.request(false);
    },
    review: () => coalescer.request(true),
    advance() {
      for (const channel of channels.all()) advance(channel);
    },
    warn(failure) {
      for (const channel of channels.all()) channel.warn(failure);
    },
    standIn(other) {
      insteadOf = other;
    },
    fail(failure) {
      const version = versionOf(store.inputs());
      for (const channel of channels.all())
        channel.publish(
          { kind: 'failure', failure },
          { version, revision, ofRollout: {}, at: new Date() },
        );
    },
    ask(question, settle) {
      const channel = open(question.variant);
      if (!channel) return { kind: 'too-many-variants', limit: options.maxVariants };
      channel.standIn(insteadOf);
      return channel.ask(question, settle);
    },
    channels: () => channels.all(),
    find: (variant) => channels.find(variant),
    diagnostics: () => channels.all().flatMap((channel) => found.get(channel) ?? []),
    renderer: () => ({ pid: supervisor.running()?.pid, starts: supervisor.starts() }),
    reconcile() {
      isStale = true;
      coalescer.request(false);
    },
    dismiss(which) {
      for (const channel of channels.all()) channel.dismiss(which);
    },
    isReadyFor: (variant) => open(variant)?.status().etag !== undefined,
    part: (which) =>
      new Map(
        channels.all().map((channel) => {
          const { variant } = channel;
          return [variant, channel.part((proxy) => which(proxy, variant))];
        }),
      ),
    join: (variant, moving) => open(variant)?.join(moving),
    release(overMs) {
      for (const channel of channels.all()) channel.release(overMs);
    },
    stop() {
      isStopped = true;
      party?.leave();
      coalescer.stop();
      supervisor.stop();
    },
  };
}
