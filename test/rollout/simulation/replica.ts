import { hashIntent, type Intent } from '../../../functions/core/intent.ts';
import type { Rollout } from '../../../functions/core/rollout.ts';
import { decideLeave } from '../../../functions/intent/leave.ts';
import { createRolloutController } from '../../../functions/rollout/controller.ts';
import type { Thresholds } from '../../../functions/rollout/judgement.ts';
import type { SeenProxy } from '../../../functions/rollout/convergence.ts';
import type { Step } from '../../../functions/rollout/step.ts';
import type { AsOf } from '../../../functions/wire/as-of.ts';
import type { Random } from '../../runtime/random.ts';
import type { SharedObject } from './shared-object.ts';
import type { Timeline } from './timeline.ts';

/** What a proxy says with a poll. */
export interface Poll {
  readonly name: string;
  readonly revision: string;
  /** The version of the shared object that it has seen. */
  readonly seen: number;
  readonly refused: string | undefined;
  readonly evidence: string | undefined;
  readonly waitMs: number;
}

export interface Told {
  readonly revision: string;
  readonly seen: number;
  readonly windowS: number | undefined;
}

/** A replica of the service, of which the renders are made up, and what leads a rollout is real. */
export interface Replica {
  /** The answer comes some time; undefined where there is none. */
  ask(poll: Poll, answer: (told: Told | undefined) => void): void;
  /** People have written this. */
  read(intent: Intent, version: number): void;
  /** Its process ends: whoever waits gets no answer. */
  kill(): void;
  /** Its clock jumps. */
  stepClock(ms: number): void;
}

export interface ReplicaOptions {
  readonly timeline: Timeline;
  readonly random: Random;
  readonly object: SharedObject;
  readonly steps: readonly Step[];
  readonly soakMs: number;
  readonly windowMs: number;
  readonly thresholds: Thresholds;
  /** How late it hears of what others have written, in milliseconds. */
  readonly lagMs: () => number;
}

interface Waiting {
  readonly poll: Poll;
  readonly dueAt: number;
  readonly answer: (told: Told | undefined) => void;
}

/** How long a poller that has seen more is held. */
const LAG_MS = 5_000;
const AGAIN_MS = 500;
const quiet = { debug() {}, info() {}, warn() {}, error() {} };
const at = (version: number): AsOf => ({
  config: { lo: String(version), hi: String(version) },
});
const versionOf = (rollout: Rollout | undefined) => Number(rollout?.version ?? 0);

export function startReplica(options: ReplicaOptions): Replica {
  const { timeline, random, object, lagMs } = options;
  const history = object.client(() => 2 + random.below(30));
  // Each process counts from its own start.
  const startedAt = timeline.now() - random.below(1e9);
  const now = () => timeline.now() - startedAt;
  const proxies = new Map<string, SeenProxy>();
  const waiting = new Set<Waiting>();
  let clockMs = Date.UTC(2026, 0, 1);
  let view: Rollout | undefined;
  /** What proxies are given. */
  let given: Rollout | undefined;
  let isOver = false;

  const controller = createRolloutController({
    ...options,
    history,
    proxies: () => proxies.values(),
    failure: () => undefined,
    onMoved: lookAtAll,
    onWatched: (which) => lookAtAll(({ name }) => which({ name, fleet: '' })),
    onSteered: follow,
    log: quiet,
    now,
    today: () => clockMs + timeline.now(),
    every: (ms, act) => timeline.every(ms, () => !isOver && act()),
  });

  function follow(rollout: Rollout): void {
    if (isOver || versionOf(rollout) < versionOf(view)) return;
    view = rollout;
    controller.follow(rollout);
    // The candidate is rendered first.
    timeline.after(20 + random.below(80), () => {
      if (isOver || view !== rollout) return;
      given = rollout;
      controller.settle();
      lookAtAll();
    });
  }
  const forget = object.subscribe((rollout) => {
    if (!object.isAway) timeline.after(lagMs(), () => follow(rollout));
  });
  follow(object.rollout());
  // Watches that were cut go on some time.
  const stopListing = timeline.every(1_000, () => {
    if (!object.isAway && !isOver) follow(object.rollout());
  });

  function tell(poll: Poll): Told | undefined {
    const { stable, candidate, pinned } = given ?? {};
    if (stable === undefined) return undefined;
    const member = { name: poll.name, fleet: '' };
    const isMeant = pinned === undefined && candidate && controller.admits(member);
    const isRefused = poll.refused !== undefined && poll.refused === candidate?.hash;
    const revision = isMeant && !isRefused ? candidate.hash : stable;
    return { revision, seen: versionOf(given), windowS: controller.windowOf(member) };
  }
  function look(one: Waiting, isEnd = false): void {
    const { poll, dueAt, answer } = one;
    const told = tell(poll);
    const isReached = told !== undefined && told.seen >= poll.seen;
    const isDue = isEnd || dueAt <= timeline.now();
    if (!isDue && (!isReached || told.revision === poll.revision)) return;
    waiting.delete(one);
    const seen = proxies.get(poll.name);
    if (seen) proxies.set(poll.name, { ...seen, isPolling: false });
    answer(isReached ? told : undefined);
  }
  function lookAtAll(which?: (poll: Poll) => boolean): void {
    for (const one of [...waiting]) if (!which || which(one.poll)) look(one, which !== undefined);
  }
  function see({ name, revision, refused }: Poll): void {
    proxies.set(name, {
      name,
      fleet: '',
      revision: revision || undefined,
      ...(refused !== undefined && { refused: { revision: refused, reason: 'unknown keyword' } }),
      isPolling: true,
      sightedAt: now(),
    });
  }
  async function pass(intent: Intent, version: number): Promise<void> {
    const stages = { begin: controller.begin, current: () => given?.stable };
    const passed = {
      intent,
      held: [],
      versions: at(version),
      base: undefined,
      hasWaited: false,
      isOutdated: () => false,
    };
    for (;;) {
      if (isOver) return;
      try {
        const decide = (before: Rollout) => decideLeave(before, passed, { stages }).after;
        return follow(await history.steer(decide));
      } catch {
        await new Promise<void>((resolve) => {
          timeline.after(AGAIN_MS, () => {
            timeline.promise();
            resolve();
          });
        });
      }
    }
  }

  return {
    ask(poll, answer) {
      if (isOver) return void timeline.after(1, () => answer(undefined));
      see(poll);
      const member = { name: poll.name, fleet: '' };
      controller.note(member, poll.evidence);
      if (poll.refused !== undefined)
        controller.refuse(member, { revision: poll.refused, reason: 'unknown keyword' });
      const isBehind = versionOf(given) < poll.seen;
      const waitMs = isBehind ? Math.min(LAG_MS, poll.waitMs) : poll.waitMs;
      const one = { poll, dueAt: timeline.now() + waitMs, answer };
      waiting.add(one);
      timeline.after(waitMs, () => waiting.has(one) && look(one));
      look(one);
    },
    read(intent, version) {
      timeline.after(lagMs() + 50 + random.below(200), () => {
        timeline.promise();
        void pass(intent, version);
      });
    },
    kill() {
      isOver = true;
      controller.stop();
      forget();
      stopListing();
      for (const { answer } of waiting) timeline.after(1, () => answer(undefined));
      waiting.clear();
    },
    stepClock(ms) {
      clockMs += ms;
    },
  };
}

export const revisionOf = (template: string): readonly [string, Intent] => {
  const intent = { services: {}, config: { template } };
  return [hashIntent(intent), intent];
};
