import { assembleBundle } from '../core/assembly.ts';
import { type Diagnostic, sortDiagnostics } from '../core/diagnostics.ts';
import type { Data, Intent } from '../core/intent.ts';
import type { PackedUpdate } from '../core/packing.ts';
import type { Rendering, RenderSettings } from '../core/render.ts';
import type { History, Rollout } from '../core/revision.ts';
import { SEAL_FIELD } from '../core/seal.ts';
import type { Checker } from '../intent/check.ts';
import { createGate, type Good } from '../intent/gate.ts';
import { createSteering } from '../intent/steering.ts';
import { createTrial } from '../intent/trial.ts';
import type { NotReady, Publisher, RenderEvent, Variant } from '../publication.ts';
import { RendererGone, type RendererLimits } from '../renderer/process.ts';
import { createSupervisor } from '../renderer/supervisor.ts';
import type { Delivery } from '../source.ts';
import type { Log } from '../wire/log.ts';
import type { Channel, Outcome } from './channel.ts';
import { createChannels } from './channels.ts';
import { createCoalescer } from './coalescer.ts';
import { createStore, type Inputs } from './store.ts';

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
  readonly log: Log;
  /** What is wrong with the manifests themselves. */
  readonly sourceDiagnostics: () => readonly Diagnostic[];
  /** Another ConfigMap `services` is served from now on. */
  readonly onServed?: (services: Data) => void;
  readonly onRender?: (event: RenderEvent) => void;
}

/** A publisher that a source delivers to. */
export interface RunningPublisher extends Publisher {
  deliver(delivery: Delivery): void;
  /** The rollout has changed, where it does not come with what the source delivers. */
  steer(rollout: Rollout): void;
  /** The renderer's process, for status and tests. */
  renderer(): { readonly pid: number | undefined; readonly starts: number };
  /** Renders everything again from all that is known: the scheduled reconciliation. */
  reconcile(): void;
  stop(): void;
}

const NOT_SYNCED: NotReady = {
  code: 'not-synced',
  message: 'not everything that a configuration needs has been read yet',
  hint: 'See /status for what each source waits for.',
};
const COMMA = Buffer.from(',\n');

function goneDiagnostic(error: RendererGone, namespace: string): Diagnostic {
  const { code, message, hint } = error;
  const where = { object: `configmaps/${namespace}/config`, key: 'template' };
  return { severity: 'error', code, message, hint, where };
}

function toOutcome(rendering: Rendering, { certificates, asOf }: Inputs): Outcome {
  if (rendering.kind !== 'rendered') return { kind: 'failure', failure: rendering.failure };
  return { kind: 'bundle', bundle: assembleBundle({ rendering, certificates, asOf }) };
}

/** Renders what a source delivers in a process apart, and answers pollers from what came of it. */
export function createPublisher(options: PublisherOptions): RunningPublisher {
  const { settings, limits, log, onRender = () => undefined, onServed } = options;
  const store = createStore(settings.namespace);
  const channels = createChannels({
    first: options.variant,
    limit: options.maxVariants,
    lagMs: options.lagMs,
  });
  const coalescer = createCoalescer({ quietMs: options.quietMs, run: renderAll });
  const supervisor = createSupervisor({ settings, limits, whole, onGone, log });
  const { endpoints, intentUpdate } = store;
  const trial = createTrial({ settings, limits, whole: endpoints, intentUpdate });
  const gate = createGate({
    namespace: settings.namespace,
    trial,
    variants: () => channels.all().map(({ variant }) => variant),
    certificates: () => store.inputs().certificates,
    checker: options.checker,
    onPass: ({ from, ...good }) => steering.pass({ ...good, versions: store.versionsOf(from) }),
    onGood,
    onJudged,
    log,
  });
  const found = new WeakMap<Channel, readonly Diagnostic[]>();
  const steering = createSteering({ history: options.history, gate, log });
  let served: Intent | undefined;
  let isStale = false;
  let isStopped = false;

  function whole(): PackedUpdate {
    const update = store.endpoints();
    const intent = served ? store.intentUpdate(served).changes : [];
    return { ...update, changes: [...update.changes, ...intent] };
  }

  /** The renderer that tried an intent goes on with it; the one that served so far is kept for the next. */
  function onGood({ intent, from }: Good): void {
    served = intent;
    store.serve(intent, from);
    const ready = from && trial.give(intent);
    if (ready) trial.keep(supervisor.exchange(ready));
    // What was not tried here was good elsewhere, or before.
    else
      supervisor
        .running()
        ?.update(store.intentUpdate(intent))
        .catch(() => undefined);
    coalescer.pause(0);
    coalescer.request(true);
    onServed?.(intent.services ?? {});
  }

  function onJudged(): void {
    store.judged();
    const failure = gate.failure();
    const { version } = store.inputs();
    for (const channel of channels.all()) {
      if (served || !failure) channel.warn(failure);
      else channel.publish({ kind: 'failure', failure }, { version, at: new Date() });
    }
    advance();
  }

  function onGone(pauseMs: number): void {
    coalescer.pause(pauseMs);
    coalescer.request(false);
  }

  function publish(channel: Channel, outcome: Outcome, version: number): boolean {
    const isNew = channel.publish(outcome, { version, at: new Date() });
    const { variant, etag } = channel.status();
    if (outcome.kind === 'failure')
      log.warn('render failed', { variant, failure: outcome.failure });
    else if (isNew) log.info('bundle published', { variant, etag });
    return isNew;
  }

  async function renderChannel(channel: Channel): Promise<void> {
    const start = performance.now();
    const renderer = supervisor.open();
    // Messages keep their order: the render sees exactly what has been taken so far.
    const inputs = store.inputs();
    try {
      const { rendering, seconds } = await renderer.render(channel.variant);
      supervisor.succeeded();
      found.set(channel, rendering.diagnostics);
      const isNew = publish(channel, toOutcome(rendering, inputs), inputs.version);
      const outcome = isNew ? 'changed' : 'same';
      onRender({ outcome: rendering.kind === 'rendered' ? outcome : 'failed', seconds });
    } catch (error) {
      if (!(error instanceof RendererGone)) throw error;
      const failure = goneDiagnostic(error, settings.namespace);
      found.set(channel, [failure]);
      publish(channel, { kind: 'failure', failure }, inputs.version);
      onRender({ outcome: 'killed', seconds: (performance.now() - start) / 1000 });
    }
  }

  async function renderAll(): Promise<void> {
    if (isStale) supervisor.replace();
    isStale = false;
    // Those first that somebody waits for.
    const order = [...channels.all()].sort((a, b) => Number(a.isIdle()) - Number(b.isIdle()));
    for (const channel of order) {
      if (isStopped || !store.isSynced() || !served) return;
      await renderChannel(channel);
    }
  }

  function deliver(delivery: Delivery): void {
    const wasSynced = store.isSynced();
    const { update, hasChanged, hasOtherCertificates, intent, rollout } = store.take(delivery);
    const isFirst = store.isSynced() && !wasSynced;
    if (hasChanged) trial.update(update);
    if (hasChanged && served) render(update);
    else advance();
    if (store.isSynced() && (intent || isFirst)) gate.note(intent ?? store.intent());
    else if (hasOtherCertificates) gate.revisit();
    if (rollout) steering.steer(rollout);
  }

  function advance(): void {
    const { asOf, version } = store.inputs();
    for (const channel of channels.all()) channel.advance(asOf, version);
  }

  function render(update: PackedUpdate): void {
    const renderer = supervisor.running();
    if (renderer) {
      renderer.update(update).then(
        ({ hasLostPod }) => coalescer.request(hasLostPod),
        () => undefined,
      );
    } else coalescer.request(false);
  }

  function historyFault(): { readonly history?: string } {
    const fault = steering.fault();
    return fault === undefined ? {} : { history: fault };
  }

  function snapshot(variant: Variant): Uint8Array | undefined {
    if (!store.isSynced()) return undefined;
    const etag = channels.find(variant)?.status().etag;
    const hashes = [...store.inputs().certificates].map(([name, file]) => [name, file.sha256]);
    const seal = { variant, certificates: Object.fromEntries(hashes), ...(etag ? { etag } : {}) };
    const head = `{"apiVersion":"v1","kind":"List","${SEAL_FIELD}":${JSON.stringify(seal)},"items":[`;
    const items = store.objects().flatMap((json, i) => (i === 0 ? [json] : [COMMA, json]));
    return Buffer.concat([Buffer.from(head), ...items, Buffer.from(']}\n')]);
  }

  void steering.start();

  return {
    deliver,
    steer: steering.steer,
    ask(question, settle) {
      if (!store.isSynced()) return { kind: 'not-ready', reason: NOT_SYNCED };
      const opened = channels.open(question.variant);
      if (!opened) return { kind: 'too-many-variants', limit: options.maxVariants };
      if (opened.isNew) coalescer.request(true);
      return opened.channel.ask(question, settle);
    },
    status() {
      const all = channels.all();
      const variants = all.map((channel) => channel.status());
      const first = variants[0];
      const isReady = first?.etag !== undefined;
      const notReady = store.isSynced() ? first?.failure : NOT_SYNCED;
      const rendering = all.flatMap((channel) => found.get(channel) ?? []);
      return {
        isReady,
        ...(isReady || !notReady ? {} : { notReady }),
        asOf: store.inputs().asOf,
        variants,
        diagnostics: sortDiagnostics([
          ...options.sourceDiagnostics(),
          ...store.diagnostics(),
          ...gate.diagnostics(),
          ...rendering,
        ]),
        certificates: store.certificates(),
        intent: { ...gate.status(), ...historyFault() },
      };
    },
    snapshot,
    release() {
      for (const channel of channels.all()) channel.release();
    },
    renderer: () => ({ pid: supervisor.running()?.pid, starts: supervisor.starts() }),
    reconcile() {
      isStale = true;
      coalescer.request(false);
      gate.revisit();
    },
    stop() {
      isStopped = true;
      coalescer.stop();
      gate.stop();
      supervisor.stop();
    },
  };
}
