import type { Intent } from '../core/intent.ts';
import type { History, KeptRevision } from '../core/revision.ts';
import type { Rollout } from '../core/rollout.ts';
import { compareVersions } from '../wire/as-of.ts';
import { backoff } from '../wire/backoff.ts';
import type { Log } from '../wire/log.ts';
import { createAgreement } from './agreement.ts';
import type { Gate } from './gate.ts';
import { createKeptRevision, type Looks } from './kept-revision.ts';
import type { Leave, Passed, Stages } from './leave.ts';
import type { RefusedIntents } from './refused-intents.ts';

export interface SteeringOptions {
  readonly history: History;
  readonly gate: Pick<
    Gate,
    'begin' | 'freeze' | 'thaw' | 'rebase' | 'adopt' | 'doubt' | 'renew' | 'status'
  >;
  /** Revisions reach the proxies in steps; absent: all at once. */
  readonly stages?: Stages & {
    /** The candidate that proxies are given here, if any. */
    candidate(): string | undefined;
    /** Another candidate is to be given, or none; without an intent it is not to be found. */
    onCandidate(hash: string | undefined, intent: Intent | undefined): void;
  };
  readonly log: Log;
  /** What proxies refuse, where that counts. */
  readonly refused?: Pick<RefusedIntents, 'learn' | 'has' | 'untold' | 'told'> | undefined;
  /** Hashes of revisions that proxies run beside the one that is served. */
  readonly inUse?: () => ReadonlySet<string>;
  /** What is served here, if anything. */
  readonly served?: () => Intent | undefined;
  /** What people and replicas have agreed upon holds here from now on. */
  readonly onFollowed?: () => void;
  readonly now?: () => number;
  /** How long a first look at the history may take, in milliseconds: nothing is served before it. */
  readonly patienceMs?: number;
  /** How long what has passed waits to be kept, in milliseconds. */
  readonly writeMs?: number;
  readonly looks?: Looks;
}

/** Ties the gate to what replicas and people share: which revision is stable, and whether one is pinned. */
export interface Steering {
  /** Reads what the fleet ran last, and lets the gate begin with it. */
  start(): Promise<void>;
  /** The shared object has changed. */
  steer(rollout: Rollout): void;
  /** Keeps an intent that has passed the gate, and tells the others, before anybody is offered it. */
  pass(passed: Passed): Promise<Leave>;
  /** What of the shared object holds here: the latest, too, where that cannot be followed for long already. */
  followed(): Rollout | undefined;
  /** Why the history cannot be written or read now. */
  fault(): string | undefined;
  stop(): void;
}

const PATIENCE_MS = 5_000;
const WRITE_MS = 10_000;
/** Between tries to follow a rollout whose revision cannot be read. */
const FOLLOW = { firstMs: 500, maxMs: 30_000 };
/** After so many tries proxies are told what there is: a history that is away must not hold up their endpoints. */
const MOST_TRIES = 4;

/**
 * The last good revision: what the fleet runs, or else the newest that proxies are known to run, or else the newest that
 * can be read; none that proxies refuse.
 */
function lastGood(
  revisions: readonly KeptRevision[],
  { stable, isRefused }: Pick<Rollout, 'stable'> & { isRefused: (hash: string) => boolean },
): Intent | undefined {
  const good = revisions.filter(({ hash }) => !isRefused(hash));
  const named = good.find(({ hash }) => hash === stable);
  return (named ?? good.findLast(({ marks }) => marks?.isProven) ?? good.at(-1))?.intent;
}

async function within<T>(promise: Promise<T>, ms: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${ms / 1000} s`)), ms);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

export function createSteering(options: SteeringOptions): Steering {
  const {
    history,
    gate,
    stages,
    log,
    refused,
    onFollowed = () => undefined,
    inUse = () => new Set(),
    served = () => undefined,
    now = Date.now,
    patienceMs = PATIENCE_MS,
    writeMs = WRITE_MS,
  } = options;
  const isRefused = (hash: string) => refused?.has(hash) === true;
  /** Other replicas have noted what proxies refuse, and the gate does not know it yet. */
  let hasLearned = false;
  let latest: Rollout | undefined;
  let followed: Rollout | undefined;
  let failures = 0;
  /** What the rollout named and the history did not have, and how often it was looked for. */
  let sought = { hashes: '', tries: 0 };
  let timer: NodeJS.Timeout | undefined;
  let fault: string | undefined;
  /** One thing at a time, in order: what is read and written of the history. */
  let turn: Promise<void> = Promise.resolve();

  /** Tells whether it went well. */
  function inTurn(what: string, act: () => Promise<void>): Promise<boolean> {
    const acted = turn.then(async () => {
      try {
        await act();
        fault = undefined;
        return true;
      } catch (error) {
        fault = `${what}: ${(error as Error).message}`;
        log.warn('cannot use the revision history', { what, error });
        return false;
      }
    });
    turn = acted.then(() => undefined);
    return acted;
  }

  const keptRevision = createKeptRevision({
    history,
    served,
    inTurn,
    onRestored: (revision) =>
      log.warn('kept a revision anew that was gone from the history', { revision }),
    now,
    ...(options.looks && { looks: options.looks }),
  });

  async function followLatest(): Promise<void> {
    clearTimeout(timer);
    const rollout = latest;
    if (!rollout) return;
    const isDone = await inTurn('rollout', () => follow(rollout));
    if (rollout !== latest) return;
    failures = isDone ? 0 : failures + 1;
    if (!isDone) {
      timer = setTimeout(() => void followLatest(), backoff(failures, FOLLOW));
      timer.unref();
    }
    if (failures >= MOST_TRIES) followed = rollout;
    keptRevision.look();
    onFollowed();
  }

  /** Whether a later one holds here already, since it was written here, and comes as soon as what is told has come so far. */
  async function isOutdated(rollout: Rollout): Promise<boolean> {
    const isBefore = ({ version }: Rollout) =>
      compareVersions(version ?? '', followed?.version ?? '') < 0;
    if (!followed || !isBefore(rollout)) return false;
    // Unless versions have gone back with a restore of etcd.
    return !isBefore(await history.rollout());
  }

  /** All revisions, with what other replicas have noted of them. */
  async function read(): Promise<readonly KeptRevision[]> {
    const revisions = await history.list();
    if (refused?.learn(revisions)) hasLearned = true;
    return revisions;
  }

  /** In this order: what has come to be named since is newer than what is read then, and what is named is not pruned. */
  async function readBoth() {
    const rollout = await history.rollout();
    return { rollout, revisions: await read() };
  }

  /** Notes for the others what proxies refuse; whether they have noted what the gate does not know yet. */
  async function tell(): Promise<boolean> {
    if (!refused) return false;
    await read();
    const isBehind = hasLearned;
    hasLearned = false;
    if (isBehind) return true;
    for (const { hash, refused: why } of refused.untold()) {
      await history.mark(hash, { refused: why });
      refused.told(hash);
    }
    return false;
  }

  /** The intents of these revisions, where one is not at hand. */
  async function find(wanted: readonly string[]): Promise<ReadonlyMap<string, Intent>> {
    const revisions = wanted.length > 0 ? await read() : [];
    const found = revisions.filter(({ hash }) => wanted.includes(hash));
    return new Map(found.map(({ hash, intent }) => [hash, intent]));
  }

  /** Of what the object names, what is neither served nor offered here. */
  function unknownOf({ stable, pinned, candidate }: Rollout) {
    const wanted = pinned ?? stable;
    const offered = pinned === undefined ? candidate?.hash : undefined;
    const isServed = wanted === gate.status().current?.hash;
    const isOffered = !stages || offered === stages.candidate();
    return { other: isServed ? undefined : wanted, next: isOffered ? undefined : offered };
  }

  async function laterThan({ version = '' }: Rollout): Promise<Rollout | undefined> {
    const rollout = await history.rollout();
    return compareVersions(rollout.version ?? '', version) > 0 ? rollout : undefined;
  }

  /** How often these, which the history does not have, have been looked for in a row. */
  function countTries(missing: readonly string[]): number {
    const hashes = missing.join(' ');
    sought = { hashes, tries: hashes === sought.hashes ? sought.tries + 1 : 1 };
    return sought.tries;
  }

  function steerGate({ stable, pinned, isPaused }: Rollout, intent: Intent | undefined): void {
    if (hasLearned) gate.doubt(intent && { intent });
    hasLearned = false;
    if (pinned !== undefined) gate.freeze('pinned', intent);
    else if (isPaused) gate.freeze('paused', intent);
    else {
      gate.thaw();
      // Whoever wrote that did not know yet that proxies refuse it.
      const isGood = intent && !isRefused(stable ?? '');
      if (isGood && stages) gate.adopt(intent);
      else if (isGood) gate.rebase(intent);
      // Somebody has deleted the object, or made nonsense of it.
      if (stable === undefined && gate.status().current) gate.renew();
    }
  }

  /** @throws Error where what it names is not in the history */
  async function follow(rollout: Rollout): Promise<void> {
    if (await isOutdated(rollout)) return;
    const { other, next } = unknownOf(rollout);
    const wanted = [other, next].filter((hash) => hash !== undefined);
    const intents = await find(wanted);
    const missing = wanted.filter((hash) => !intents.has(hash));
    // Whoever lags is told of a revision that the fleet has left since, and that the history has forgotten.
    const later = missing.length > 0 ? await laterThan(rollout) : undefined;
    if (later) return follow(later);
    // Before it is there, or has been waited for, nobody is told that it is what is served.
    const isAwaited = countTries(missing) < MOST_TRIES && missing.length > 0;
    if (!isAwaited) followed = rollout;
    steerGate(rollout, other === undefined ? undefined : intents.get(other));
    const { candidate, pinned } = rollout;
    if (pinned !== undefined || !candidate) stages?.onCandidate(undefined, undefined);
    else if (next !== undefined && !isAwaited) stages?.onCandidate(next, intents.get(next));
    if (missing.length > 0) throw new Error(`named, and not in the history: ${missing.join(', ')}`);
  }

  const agreement = createAgreement({
    history,
    stages,
    isRefused,
    tell,
    followed: () => followed,
    onWritten(rollout) {
      if (stages || rollout.version !== undefined) followed = rollout;
    },
    now,
  });

  return {
    start: () =>
      inTurn('start', async () => {
        let base: Intent | undefined;
        let rollout: Rollout = { isPaused: false };
        try {
          const found = await within(readBoth(), patienceMs);
          base = lastGood(found.revisions, { ...found.rollout, isRefused });
          hasLearned = false;
          rollout = found.rollout;
        } finally {
          gate.begin(base);
        }
        latest ??= rollout;
      }).then(followLatest),
    steer(rollout) {
      latest = rollout;
      failures = 0;
      void followLatest();
    },
    followed: () => followed,
    async pass(passed) {
      // What cannot be agreed upon reaches no proxy where it is to reach them in steps.
      const isHeld = stages?.current() !== undefined;
      let leave: Leave = isHeld ? { kind: 'frozen' } : { kind: 'serve' };
      const kept = inTurn('record', async () => {
        leave = await agreement.keep(passed);
      });
      // An API server that is away holds up what people write no longer than this, and endpoints not at all.
      await within(kept, writeMs).catch(() => undefined);
      void inTurn('prune', () => history.prune(inUse()));
      return leave;
    },
    fault: () => fault,
    stop() {
      keptRevision.stop();
      clearTimeout(timer);
    },
  };
}
