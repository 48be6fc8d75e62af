import { sortDiagnostics } from '../core/diagnostics.ts';
import type { Intent } from '../core/intent.ts';
import type { PackedChange, PackedUpdate } from '../core/packing.ts';
import type { Rollout } from '../core/rollout.ts';
import { createRedaction } from '../core/redaction.ts';
import {
  createProposalJudge,
  type ProposalJudge,
  type Surroundings,
} from '../intent/proposal-judge.ts';
import { createGate, type Good } from '../intent/gate.ts';
import { createRefusals, type Offer } from '../intent/refusals.ts';
import { createRefusedIntents } from '../intent/refused-intents.ts';
import { createStory } from '../intent/story.ts';
import { createSteering } from '../intent/steering.ts';
import { createTrial } from '../intent/trial.ts';
import { createRolloutController } from '../rollout/controller.ts';
import { haltDiagnostic, withRollout } from '../rollout/status.ts';
import { createRolloutStory } from '../rollout/story.ts';
import type { Explain, NotReady, Publisher, Question, Variant } from './publication.ts';
import type { Delivery } from '../core/source.ts';
import { createAfterwards } from './afterwards.ts';
import { createComplaints } from './complaints.ts';
import { createEarlier } from './earlier.ts';
import { createEdition, type Edition } from './edition.ts';
import { createEditions } from './editions.ts';
import { createExplainer } from './explainer.ts';
import { openMassLoss } from './open-mass-loss.ts';
import { NO_STEPS, type PublisherOptions } from './publisher-options.ts';
import { createRendezvous } from './rendezvous.ts';
import { writeSnapshot } from './snapshot-file.ts';
import { createStatuses } from './statuses.ts';
import { createStore, type Identity } from './store.ts';
import { unreadInputs, unreadNamespaces } from './unread.ts';

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
  const { namespace } = settings;
  const { steps, proxies, ...watching } = options.rollout ?? NO_STEPS;
  const massLoss = openMassLoss(options, { onChanges: handOn, onKept: review, tell });
  const store = createStore(settings.namespace, massLoss);
  /** A candidate that no history has: endpoints do not wait for it. */
  let missing: string | undefined;
  const afterwards = createAfterwards();
  const join = createRendezvous();
  const editions = createEditions({
    create: (onFirst) => createEdition({ ...options, store, massLoss, onFirst, party: join() }),
    onFirst: () => onFollowed(),
    admits: (proxy) => controller.admits(proxy),
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
  const trial = createTrial({ settings, limits, whole: endpoints, intentUpdate });
  const controller = createRolloutController({
    steps,
    ...watching,
    history: options.history,
    proxies,
    failure: candidateFailure,
    onMoved: editions.move,
    onWatched: editions.dismiss,
    onSteered: steer,
    log,
  });
  const judged = {
    namespace: settings.namespace,
    variants: () =>
      editions
        .stable()
        .channels()
        .map(({ variant }) => variant),
    certificates: store.inputs,
    redact: createRedaction({ password: settings.statisticsPassword, files: store.secretFiles }),
  };
  const refused = options.heedsRefusals ? createRefusedIntents({ namespace }) : undefined;
  const gate = createGate({
    ...judged,
    refused,
    trial,
    checker: options.checker,
    onPass: ({ from, ...good }) => steering.pass({ ...good, versions: store.versionsOf(from) }),
    onGood,
    hasOffer,
    onStaged,
    onAdopted,
    onJudged,
    onFault() {
      tellFailure();
      narrate();
    },
    log,
  });
  const proposalJudge = createProposalJudge({
    ...judged,
    trial: { settings, limits, whole: endpoints, intentUpdate },
    checker: options.foreChecker,
    deadlineMs: options.proposalMs,
    surroundings,
    pair: store.pair,
  });
  const tellStory = createStory({ namespace, tell });
  const tellRollout = createRolloutStory({ namespace, steps, tell });
  const explainer = createExplainer({
    trial: { settings, limits, whole: endpoints, intentUpdate },
    history: options.history,
    editions: () => [editions.stable(), editions.candidate(), ...earlier.editions()],
    certificates: store.inputs,
    notReady: () => (store.isSynced() ? undefined : NOT_SYNCED),
  });
  const complaints = createComplaints({ explain: explainer.explain, log });
  const steering = createSteering({
    history: options.history,
    gate,
    ...(steps.length > 1 && {
      stages: {
        begin: controller.begin,
        current: () => gate.status().current?.hash,
        candidate: () => editions.candidate()?.revision(),
        onCandidate,
      },
    }),
    refused,
    inUse: earlier.revisions,
    served: () => editions.stable().intent(),
    log,
    onFollowed,
  });

  const refusals =
    refused && createRefusals({ namespace, history: options.history, refused, gate, offerOf, log });

  function offerOf(revision: string, { variant }: Question): Offer | undefined {
    const offered = [editions.stable(), editions.candidate()];
    const edition = offered.find((one) => one?.revision() === revision);
    const intent = edition?.intent();
    const config = edition?.find(variant)?.status().config ?? '';
    return intent && { intent, config };
  }

  function surroundings(): Surroundings | undefined {
    if (!store.isSynced()) return undefined;
    const stable = editions.stable();
    const { state } = gate.status();
    return {
      newest: store.intent(),
      base: stable.intent(),
      frozen: state === 'pinned' || state === 'paused' ? state : undefined,
      diagnostics: [...store.diagnostics(), ...stable.diagnostics()],
      unread: (intent) => unreadNamespaces(intent, store.inputs().asOf),
      unreadInputs: (intent) => unreadInputs(intent, store.feedStates()),
    };
  }

  function update(changed: PackedUpdate): void {
    trial.update(changed);
    proposalJudge.update(changed);
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

  function steer(rollout: Rollout): void {
    afterwards.catchUp();
    massLoss?.steer(rollout);
    steering.steer(rollout);
  }

  function hasOffer(): boolean {
    const { candidate, halted } = steering.followed() ?? {};
    return candidate !== undefined || halted !== undefined;
  }

  function candidateFailure(): string | undefined {
    const failures = editions.candidate()?.channels() ?? [];
    const [failure] = failures.flatMap((channel) => channel.status().failure ?? []);
    return failure && `it does not render with the endpoints of now: ${failure.message}`;
  }

  /** The pods and the objects of inputs that any of the intents that proxies run needs. */
  function tellServed(): void {
    const all = [editions.stable(), editions.candidate(), ...earlier.editions()];
    onServed(all.flatMap((edition) => edition?.intent() ?? []));
  }

  /** The renderer that tried an intent goes on with it; the one that served so far is kept for the next. */
  function onGood({ intent, from }: Good): void {
    store.follow(steering.followed());
    store.serve(intent, from);
    // What was not tried here was good elsewhere, or before.
    const ready = from && trial.give(intent);
    const old = editions.serve(intent, ready);
    if (ready) trial.keep(old);
    onOther(intent);
  }

  function onStaged({ intent }: Good): void {
    const ready = trial.give(intent);
    trial.keep(editions.stage(intent, ready));
    tellServed();
  }

  /** As this, or another replica, has agreed with the others. */
  function onCandidate(hash: string | undefined, intent: Intent | undefined): void {
    missing = intent ? undefined : hash;
    editions.stage(intent);
    tellServed();
  }

  function onAdopted(intent: Intent): void {
    store.adopt(intent);
    editions.serve(intent);
    onOther(intent);
  }

  function onOther(intent: Intent): void {
    statuses?.serve(intent);
    earlier.remember(intent);
    earlier.dismiss();
    // Of thousands of services it takes milliseconds.
    afterwards.add(() => {
      massLoss?.serve(intent.services ?? {});
      tellServed();
    });
  }

  function onJudged(): void {
    store.judged();
    tellFailure();
    narrate();
    follow();
  }

  /** Who has seen what people steer the fleet to by now is not given what was served before. */
  function onFollowed(): void {
    tellFailure();
    narrate();
    afterwards.catchUp();
    follow();
  }

  function follow(): void {
    if (steps.length > 1) followInSteps();
    else if (gate.isJudged()) store.follow(steering.followed());
    advance();
  }

  function narrate(): void {
    const scene = { status: gate.status(), newest: store.intent(), failure: gate.failure() };
    const rollout = steering.followed();
    afterwards.add(() => {
      tellStory(scene);
      if (rollout) tellRollout(rollout);
    });
  }

  /** The position, who is admitted, and what they are given change as one, once that is there. */
  function followInSteps(): void {
    controller.follow(steering.followed());
    const { candidate, pinned } = steering.followed() ?? {};
    const wanted = pinned === undefined ? candidate?.hash : undefined;
    if (wanted === undefined) editions.stage(undefined);
    const isThere = wanted === missing || wanted === editions.candidate()?.revision();
    if (!isThere || !editions.isSettled()) return;
    store.follow(steering.followed());
    controller.settle();
    editions.settle();
    editions.move();
  }

  function tellFailure(): void {
    const failure = gate.failure() ?? haltDiagnostic(steering.followed(), settings.namespace);
    const stable = editions.stable();
    if (stable.intent() || !failure) stable.warn(failure);
    else stable.fail(failure);
  }

  function advance(): void {
    editions.advance();
    earlier.advance();
  }

  /** Whose HAProxy refuses what is served gets what it last ran, with today's endpoints. */
  function editionFor(question: Question): Edition {
    const { refused: said, proxy, variant } = question;
    if (said && proxy) controller.refuse(proxy, said);
    refusals?.see(question);
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
    else advance();
    massLoss?.look();
    if (store.isSynced() && (intent || isFirst)) gate.note(intent ?? store.intent());
    else if (hasOtherCertificates || hasOtherFeeds) gate.revisit();
    if (rollout) steer(rollout);
  }

  function historyFault(): { readonly history?: string } {
    const fault = steering.fault();
    return fault === undefined ? {} : { history: fault };
  }

  void steering.start();

  return {
    deliver,
    steer,
    ask(question, settle) {
      if (!store.isSynced()) return { kind: 'not-ready', reason: NOT_SYNCED };
      return editionFor(question).ask(question, settle);
    },
    evidence: steps.length > 1 ? controller : undefined,
    status() {
      const main = editions.stable();
      const variants = main.channels().map((channel) => channel.status());
      const halt = haltDiagnostic(steering.followed(), settings.namespace);
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
          ...(halt ? [halt] : []),
          ...(massLoss?.diagnostics() ?? []),
          ...main.diagnostics(),
          ...(statuses?.diagnostics() ?? []),
        ]),
        certificates: store.certificates(),
        intent: { ...withRollout(gate.status(), steering.followed()), ...historyFault() },
        rollout: steps.length > 1 ? controller.status() : undefined,
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
    judgeProposal: proposalJudge.judgeProposal,
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
      gate.revisit();
    },
    stop() {
      afterwards.stop();
      proposalJudge.stop();
      explainer.stop();
      statuses?.stop();
      gate.stop();
      steering.stop();
      controller.stop();
      massLoss?.stop();
      editions.stop();
      earlier.stop();
    },
  };
}
