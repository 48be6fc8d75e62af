import type { Diagnostic } from '../core/diagnostics.ts';
import type { Intent } from '../core/intent.ts';
import type { PackedUpdate } from '../core/packing.ts';
import { createRedaction } from '../core/redaction.ts';
import type { Rollout } from '../core/rollout.ts';
import { createGate, type Good } from '../intent/gate.ts';
import type { ProposalJudge } from '../intent/proposal-judge.ts';
import { createRefusals, type Offer } from '../intent/refusals.ts';
import { createRefusedIntents } from '../intent/refused-intents.ts';
import { createSteering } from '../intent/steering.ts';
import { createStory } from '../intent/story.ts';
import { createTrial } from '../intent/trial.ts';
import { createRolloutController } from '../rollout/controller.ts';
import type { Member } from '../rollout/member.ts';
import { haltDiagnostic, withRollout } from '../rollout/status.ts';
import { createRolloutStory } from '../rollout/story.ts';
import type { Afterwards } from './afterwards.ts';
import type { Earlier } from './earlier.ts';
import type { Editions } from './editions.ts';
import type { MassLoss } from './mass-loss.ts';
import { openProposalJudge } from './open-proposal-judge.ts';
import type { Publisher, PublisherStatus, Question } from './publication.ts';
import { NO_STEPS, type PublisherOptions } from './publisher-options.ts';
import type { Statuses } from './statuses.ts';
import type { Store } from './store.ts';

/** What becomes of what people write: judged, staged, served, halted, and told. */
export interface IntentLifecycle extends Pick<Publisher, 'evidence'> {
  /** Tells what would become of a change of a ConfigMap. */
  readonly judgeProposal: ProposalJudge['judgeProposal'];
  /** Reads what the fleet ran last, and goes on from there. */
  start(): void;
  /** What templates see has changed. */
  update(changed: PackedUpdate): void;
  /** The newest intent is another one. */
  note(intent: Intent): void;
  /** What was refused may be good by now. */
  revisit(): void;
  /** What people and replicas have agreed upon has changed. */
  steer(rollout: Rollout): void;
  /** What a poller says of what it refuses. */
  see(question: Question): void;
  /** Whether a proxy is to run the candidate. */
  admits(proxy: Member): boolean;
  /** An edition is ready for another variant. */
  proceed(): void;
  diagnostics(): readonly Diagnostic[];
  status(): Pick<PublisherStatus, 'intent' | 'rollout'>;
  stop(): void;
}

export interface IntentLifecycleOptions {
  readonly publisher: PublisherOptions;
  readonly store: Store;
  readonly editions: Editions;
  readonly earlier: Earlier;
  readonly massLoss: MassLoss | undefined;
  readonly statuses: Statuses | undefined;
  readonly afterwards: Afterwards;
  /** Other intents are served. */
  readonly onServed: () => void;
}

export function createIntentLifecycle(options: IntentLifecycleOptions): IntentLifecycle {
  const { publisher, store, editions, earlier, massLoss, statuses, afterwards, onServed } = options;
  const { settings, limits, history, log, tell = () => undefined } = publisher;
  const { namespace } = settings;
  const { steps, proxies, ...watching } = publisher.rollout ?? NO_STEPS;
  /** A candidate that no history has: endpoints do not wait for it. */
  let missing: string | undefined;
  const { endpoints: whole, intentUpdate } = store;
  const trial = createTrial({ settings, limits, whole, intentUpdate });
  const controller = createRolloutController({
    steps,
    ...watching,
    history,
    proxies,
    failure: candidateFailure,
    onMoved: editions.move,
    onWatched: editions.dismiss,
    onSteered: steer,
    log,
  });
  const judged = {
    namespace,
    variants: () =>
      editions
        .stable()
        .channels()
        .map(({ variant }) => variant),
    certificates: store.inputs,
    redact: createRedaction({ password: settings.statisticsPassword, files: store.secretFiles }),
  };
  const refused = publisher.heedsRefusals ? createRefusedIntents({ namespace }) : undefined;
  const gate = createGate({
    ...judged,
    refused,
    trial,
    checker: publisher.checker,
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
  const proposalJudge = openProposalJudge({
    ...judged,
    ...{ publisher, store, editions, gateState: () => gate.status().state },
  });
  const tellStory = createStory({ namespace, tell });
  const tellRollout = createRolloutStory({ namespace, steps, tell });
  const steering = createSteering({
    history,
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
    onFollowed: proceed,
  });
  const refusals = refused && createRefusals({ namespace, history, refused, gate, offerOf, log });

  function offerOf(revision: string, { variant }: Question): Offer | undefined {
    const offered = [editions.stable(), editions.candidate()];
    const edition = offered.find((one) => one?.revision() === revision);
    const intent = edition?.intent();
    const config = edition?.find(variant)?.status().config ?? '';
    return intent && { intent, config };
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
    onServed();
  }

  /** As this, or another replica, has agreed with the others. */
  function onCandidate(hash: string | undefined, intent: Intent | undefined): void {
    missing = intent ? undefined : hash;
    editions.stage(intent);
    onServed();
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
      onServed();
    });
  }

  function onJudged(): void {
    store.judged();
    tellFailure();
    narrate();
    follow();
  }

  /** Who has seen what people steer the fleet to by now is not given what was served before. */
  function proceed(): void {
    tellFailure();
    narrate();
    afterwards.catchUp();
    follow();
  }

  function follow(): void {
    if (steps.length > 1) followInSteps();
    else if (gate.isJudged()) store.follow(steering.followed());
    editions.advance();
    earlier.advance();
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
    const failure = gate.failure() ?? haltDiagnostic(steering.followed(), namespace);
    const stable = editions.stable();
    if (stable.intent() || !failure) stable.warn(failure);
    else stable.fail(failure);
  }

  function historyFault(): { readonly history?: string } {
    const fault = steering.fault();
    return fault === undefined ? {} : { history: fault };
  }

  return {
    evidence: steps.length > 1 ? controller : undefined,
    judgeProposal: proposalJudge.judgeProposal,
    start: () => void steering.start(),
    update(changed) {
      trial.update(changed);
      proposalJudge.update(changed);
    },
    note: gate.note,
    revisit: gate.revisit,
    steer,
    see(question) {
      const { refused: said, proxy } = question;
      if (said && proxy) controller.refuse(proxy, said);
      refusals?.see(question);
    },
    admits: controller.admits,
    proceed,
    diagnostics() {
      const halt = haltDiagnostic(steering.followed(), namespace);
      return [...gate.diagnostics(), ...(halt ? [halt] : [])];
    },
    status: () => ({
      intent: { ...withRollout(gate.status(), steering.followed()), ...historyFault() },
      rollout: steps.length > 1 ? controller.status() : undefined,
    }),
    stop() {
      proposalJudge.stop();
      gate.stop();
      steering.stop();
      controller.stop();
    },
  };
}
