import { type Diagnostic, sortDiagnostics } from '../core/diagnostics.ts';
import type { Data } from '../core/intent.ts';
import type { RenderSettings } from '../core/render.ts';
import type { History } from '../core/revision.ts';
import type { Rollout } from '../core/rollout.ts';
import { SEAL_FIELD } from '../core/seal.ts';
import type { Checker } from '../intent/check.ts';
import { createGate, type Good } from '../intent/gate.ts';
import { createSteering } from '../intent/steering.ts';
import { createTrial } from '../intent/trial.ts';
import type { NotReady, Publisher, Question, RenderEvent, Variant } from '../publication.ts';
import type { RendererLimits } from '../renderer/process.ts';
import type { Delivery } from '../source.ts';
import type { Log } from '../wire/log.ts';
import { createEarlier } from './earlier.ts';
import { createEdition, type Edition } from './edition.ts';
import { createStore } from './store.ts';

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

/** Renders what a source delivers in a process apart, and answers pollers from what came of it. */
export function createPublisher(options: PublisherOptions): RunningPublisher {
  const { settings, limits, log, onServed } = options;
  const store = createStore(settings.namespace);
  const main = createEdition({ ...options, store });
  const create = (variant: Variant) => createEdition({ ...options, variant, store });
  const earlier = createEarlier({ history: options.history, create, log });
  const { endpoints, intentUpdate } = store;
  const trial = createTrial({ settings, limits, whole: endpoints, intentUpdate });
  const gate = createGate({
    namespace: settings.namespace,
    trial,
    variants: () => main.channels().map(({ variant }) => variant),
    certificates: store.inputs,
    checker: options.checker,
    onPass: ({ from, ...good }) => steering.pass({ ...good, versions: store.versionsOf(from) }),
    onGood,
    onJudged,
    onFault: tellFailure,
    log,
  });
  const steering = createSteering({
    history: options.history,
    gate,
    inUse: earlier.revisions,
    log,
    onFollowed,
  });

  /** The renderer that tried an intent goes on with it; the one that served so far is kept for the next. */
  function onGood({ intent, from }: Good): void {
    store.follow(steering.followed());
    store.serve(intent, from);
    // What was not tried here was good elsewhere, or before.
    const ready = from && trial.give(intent);
    const old = main.turn(intent, ready);
    if (ready) trial.keep(old);
    earlier.remember(intent);
    earlier.dismiss();
    onServed?.(intent.services ?? {});
  }

  function onJudged(): void {
    store.judged();
    tellFailure();
    onFollowed();
  }

  /** Who has seen what people steer the fleet to by now is not given what was served before. */
  function onFollowed(): void {
    if (gate.isJudged()) store.follow(steering.followed());
    advance();
  }

  function tellFailure(): void {
    const failure = gate.failure();
    if (main.intent() || !failure) main.warn(failure);
    else main.fail(failure);
  }

  function advance(): void {
    main.advance();
    earlier.advance();
  }

  /** Whose HAProxy refuses what is served gets what it last ran, with today's endpoints. */
  function editionFor({ refused, variant }: Question): Edition {
    if (!refused || refused.revision !== main.revision()) return main;
    return earlier.open(refused, variant) ?? main;
  }

  function deliver(delivery: Delivery): void {
    const wasSynced = store.isSynced();
    const { update, hasChanged, hasOtherCertificates, intent, rollout } = store.take(delivery);
    const isFirst = store.isSynced() && !wasSynced;
    if (hasChanged) trial.update(update);
    if (hasChanged) {
      main.update(update);
      earlier.update(update);
    } else advance();
    if (store.isSynced() && (intent || isFirst)) gate.note(intent ?? store.intent());
    else if (hasOtherCertificates) gate.revisit();
    if (rollout) steering.steer(rollout);
  }

  function historyFault(): { readonly history?: string } {
    const fault = steering.fault();
    return fault === undefined ? {} : { history: fault };
  }

  function snapshot(variant: Variant): Uint8Array | undefined {
    if (!store.isSynced()) return undefined;
    const etag = main.find(variant)?.status().etag;
    const { certificates, lost } = store.inputs();
    const [hashes, kept] = [certificates, lost].map((files) =>
      Object.fromEntries([...files].map(([name, { sha256 }]) => [name, sha256])),
    );
    const seal = { variant, certificates: hashes, lost: kept, ...(etag ? { etag } : {}) };
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
      return editionFor(question).ask(question, settle);
    },
    status() {
      const variants = main.channels().map((channel) => channel.status());
      const first = variants[0];
      const isReady = first?.etag !== undefined;
      const notReady = store.isSynced() ? first?.failure : NOT_SYNCED;
      return {
        isReady,
        ...(isReady || !notReady ? {} : { notReady }),
        asOf: store.inputs().asOf,
        variants,
        diagnostics: sortDiagnostics([
          ...options.sourceDiagnostics(),
          ...store.diagnostics(),
          ...gate.diagnostics(),
          ...main.diagnostics(),
        ]),
        certificates: store.certificates(),
        intent: { ...gate.status(), ...historyFault() },
        earlier: earlier.status(),
      };
    },
    snapshot,
    release() {
      main.release();
      earlier.release();
    },
    renderer: main.renderer,
    reconcile() {
      main.reconcile();
      earlier.reconcile();
      gate.revisit();
    },
    stop() {
      gate.stop();
      steering.stop();
      main.stop();
      earlier.stop();
    },
  };
}
