import { sortDiagnostics } from '../core/diagnostics.ts';
import type { PackedChange, PackedUpdate } from '../core/packing.ts';
import type { Rollout } from '../core/rollout.ts';
import type { Delivery } from '../core/source.ts';
import type { ProposalJudge } from '../intent/proposal-judge.ts';
import { createAfterwards } from './afterwards.ts';
import { createComplaints } from './complaints.ts';
import { createEarlier } from './earlier.ts';
import { createEdition, type Edition } from './edition.ts';
import { createEditions } from './editions.ts';
import { createExplainer } from './explainer.ts';
import { createIntentLifecycle } from './intent-lifecycle.ts';
import { openMassLoss } from './open-mass-loss.ts';
import type { Explain, NotReady, Publisher, Question, Variant } from './publication.ts';
import type { PublisherOptions } from './publisher-options.ts';
import { createRendezvous } from './rendezvous.ts';
import { writeSnapshot } from './snapshot-file.ts';
import { createStatuses } from './statuses.ts';
import { createStore, type Identity } from './store.ts';

/** A publisher that a source delivers to. */
export interface RunningPublisher extends Publisher {
  /** Tells what would become of a change of a ConfigMap. */
  readonly judgeProposal: ProposalJudge['judgeProposal'];
  /** What Kubernetes knows of an object, where it is there: `configmaps/lb/services`. */
  identify(object: string): Identity;
  /** Tells where lines of what a revision gives come from. */
  readonly explain: Explain;
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
/** Renders what a source delivers in a process apart, and answers pollers from what came of it. */
export function createPublisher(options: PublisherOptions): RunningPublisher {
  const { settings, limits, log, onServed = () => undefined, tell = () => undefined } = options;
  const massLoss = openMassLoss(options, { onChanges: handOn, onKept: review, tell });
  const store = createStore(settings.namespace, massLoss);
  const afterwards = createAfterwards();
  const join = createRendezvous();
  const editions = createEditions({
    create: (onFirst) => createEdition({ ...options, store, massLoss, onFirst, party: join() }),
    onFirst: () => lifecycle.proceed(),
    admits: (proxy) => lifecycle.admits(proxy),
  });
  const create = (variant: Variant) => createEdition({ ...options, variant, store, massLoss });
  const earlier = createEarlier({
    history: options.history,
    create,
    onOther: () => queueMicrotask(tellServed),
    log,
  });
  const { endpoints, intentUpdate } = store;
  const sink = options.statuses;
  const statuses =
    sink && createStatuses({ settings, limits, variant: options.variant, store, sink, log });
  const lifecycle = createIntentLifecycle({
    ...{ publisher: options, store, editions, earlier, massLoss, statuses, afterwards },
    onServed: tellServed,
  });
  const explainer = createExplainer({
    trial: { settings, limits, whole: endpoints, intentUpdate },
    history: options.history,
    editions: () => [editions.stable(), editions.candidate(), ...earlier.editions()],
    certificates: store.inputs,
    notReady: () => (store.isSynced() ? undefined : NOT_SYNCED),
  });
  const complaints = createComplaints({ explain: explainer.explain, log });

  function update(changed: PackedUpdate): void {
    lifecycle.update(changed);
    explainer.update(changed);
    statuses?.update(changed);
    editions.update(changed);
    earlier.update(changed);
  }

  function review(): void {
    editions.review();
    earlier.review();
  }

  function handOn(changes: readonly PackedChange[]): void {
    const changed = store.handOn(changes);
    if (changed) update(changed);
  }

  /** The pods and the objects of inputs that any of the intents that proxies run needs. */
  function tellServed(): void {
    const all = [editions.stable(), editions.candidate(), ...earlier.editions()];
    onServed(all.flatMap((edition) => edition?.intent() ?? []));
  }

  /** Whose HAProxy refuses what is served gets what it last ran, with today's endpoints. */
  function editionFor(question: Question): Edition {
    const { refused: said, variant } = question;
    lifecycle.see(question);
    complaints.see(question);
    const edition = editions.choose(question);
    if (!said || said.revision !== edition.revision()) return edition;
    return earlier.open(said, variant) ?? edition;
  }

  function deliver(delivery: Delivery): void {
    afterwards.catchUp();
    const wasSynced = store.isSynced();
    const { hasChanged, hasOtherCertificates, hasOtherFeeds, intent, rollout, ...taken } =
      store.take(delivery);
    const isFirst = store.isSynced() && !wasSynced;
    if (isFirst) massLoss?.begin();
    // What the fleet ran last is known by then, and no render was made of it before.
    if (hasChanged || isFirst) update(taken.update);
    else {
      editions.advance();
      earlier.advance();
    }
    massLoss?.look();
    if (store.isSynced() && (intent || isFirst)) lifecycle.note(intent ?? store.intent());
    else if (hasOtherCertificates || hasOtherFeeds) lifecycle.revisit();
    if (rollout) lifecycle.steer(rollout);
  }

  lifecycle.start();

  return {
    deliver,
    steer: lifecycle.steer,
    ask(question, settle) {
      if (!store.isSynced()) return { kind: 'not-ready', reason: NOT_SYNCED };
      return editionFor(question).ask(question, settle);
    },
    evidence: lifecycle.evidence,
    status() {
      const main = editions.stable();
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
          ...lifecycle.diagnostics(),
          ...(massLoss?.diagnostics() ?? []),
          ...main.diagnostics(),
          ...(statuses?.diagnostics() ?? []),
        ]),
        certificates: store.certificates(),
        ...lifecycle.status(),
        massLoss: massLoss?.status(),
        earlier: earlier.status(),
      };
    },
    snapshot(variant) {
      if (!store.isSynced()) return undefined;
      return writeSnapshot(store, {
        variant,
        etag: editions.stable().find(variant)?.status().etag,
      });
    },
    judgeProposal: lifecycle.judgeProposal,
    identify: store.identify,
    explain: explainer.explain,
    complaint: complaints.find,
    release(overMs) {
      editions.release(overMs);
      earlier.release(overMs);
    },
    renderer: () => editions.stable().renderer(),
    reconcile() {
      editions.reconcile();
      earlier.reconcile();
      statuses?.reconcile();
      lifecycle.revisit();
    },
    stop() {
      afterwards.stop();
      lifecycle.stop();
      explainer.stop();
      statuses?.stop();
      massLoss?.stop();
      editions.stop();
      earlier.stop();
    },
  };
}
