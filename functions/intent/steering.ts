import { hashIntent, type Intent } from '../core/intent.ts';
import type { History, KeptRevision } from '../core/revision.ts';
import type { Rollout } from '../core/rollout.ts';
import { type AsOf, compareVersions, hasReached } from '../wire/as-of.ts';
import { backoff } from '../wire/backoff.ts';
import type { Log } from '../wire/log.ts';
import type { Gate } from './gate.ts';
import type { HeldBack } from './status.ts';

export interface SteeringOptions {
  readonly history: History;
  readonly gate: Pick<Gate, 'begin' | 'freeze' | 'thaw' | 'rebase' | 'status'>;
  readonly log: Log;
  /** Hashes of revisions that proxies run beside the one that is served. */
  readonly inUse?: () => ReadonlySet<string>;
  /** What people and replicas have agreed upon holds here from now on. */
  readonly onFollowed?: () => void;
  readonly now?: () => number;
  /** How long a first look at the history may take, in milliseconds: nothing is served before it. */
  readonly patienceMs?: number;
  /** How long what has passed waits to be kept, in milliseconds. */
  readonly writeMs?: number;
}

/** An intent that has passed the gate. */
export interface Passed {
  readonly intent: Intent;
  readonly held: readonly HeldBack[];
  /** Of the ConfigMaps that it was made from. */
  readonly versions: AsOf;
  /** Whether the gate has been given another base since it came to this. */
  readonly isOutdated: () => boolean;
}

export type Leave =
  | { readonly kind: 'serve' }
  /** The fleet runs what was made from newer ConfigMaps than were seen here: they are about to come. */
  | { readonly kind: 'behind' }
  /** People have pinned a revision, or paused, which is about to come here. */
  | { readonly kind: 'frozen' }
  /** The gate has another base by now, from which it must be judged anew. */
  | { readonly kind: 'outdated' }
  /** Another replica came to another last good intent meanwhile: what is held back falls back to that. */
  | { readonly kind: 'rebase'; readonly base: Intent };

type Decision = Exclude<Leave['kind'], 'outdated'>;

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

/** The last good revision: what the fleet runs, or else the newest that can be read. */
function lastGood(revisions: readonly KeptRevision[], { stable }: Rollout): Intent | undefined {
  const named = revisions.find(({ hash }) => hash === stable);
  return (named ?? revisions.at(-1))?.intent;
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
    log,
    onFollowed = () => undefined,
    inUse = () => new Set(),
    now = Date.now,
    patienceMs = PATIENCE_MS,
    writeMs = WRITE_MS,
  } = options;
  let latest: Rollout | undefined;
  let followed: Rollout | undefined;
  let failures = 0;
  let timer: NodeJS.Timeout | undefined;
  let fault: string | undefined;
  /** The stable revision that what is held back here falls back to. */
  let known: string | undefined;
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
        log.warn('the history of revisions cannot be used', { what, error });
        return false;
      }
    });
    turn = acted.then(() => undefined);
    return acted;
  }

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

  async function follow(rollout: Rollout): Promise<void> {
    if (await isOutdated(rollout)) return;
    const { stable, pinned, isPaused } = rollout;
    const wanted = pinned ?? stable;
    const served = gate.status().current?.hash;
    const isOther = wanted !== undefined && wanted !== served;
    const revisions = isOther ? await history.list() : [];
    const intent = revisions.find(({ hash }) => hash === wanted)?.intent;
    if (isOther && !intent) log.error('a revision that the rollout names is not there', { wanted });
    followed = rollout;
    if (pinned !== undefined) gate.freeze('pinned', intent);
    else if (isPaused) gate.freeze('paused', intent);
    else {
      gate.thaw();
      if (intent && gate.rebase(intent)) known = stable;
    }
  }

  /** Writes the stable revision, unless it is not this replica's to write. */
  async function stabilise({ intent, held, versions }: Passed): Promise<Decision> {
    const hash = hashIntent(intent);
    let kind = 'serve' as Decision;
    let written: string | undefined;
    const after = await history.steer((before) => {
      const { stable, pinned, isPaused } = before;
      const isOther = stable !== undefined && stable !== known && stable !== hash;
      kind = 'serve';
      written = undefined;
      // People have pinned or paused meanwhile: the revision is kept, and no more.
      if (pinned !== undefined || isPaused) kind = 'frozen';
      else if (!hasReached(versions, before.versions ?? {})) kind = 'behind';
      // What is held back stays at the value that the fleet had last, which may be one that was never seen here.
      else if (held.length > 0 && isOther) kind = 'rebase';
      if (kind === 'rebase') written = stable;
      if (kind !== 'serve') return before;
      written = hash;
      return { ...before, stable: hash, versions };
    });
    // What the gate does not take as its base is still to be asked about when something is held back next.
    if (written !== undefined) known = written;
    if (kind === 'serve' && after.version !== undefined) followed = after;
    return kind;
  }

  async function keep(passed: Passed): Promise<Leave> {
    const { intent, held } = passed;
    if (held.length > 0 && passed.isOutdated()) return { kind: 'outdated' };
    const parts = held.map(({ unit, diagnostic: { code, message } }) => ({ unit, code, message }));
    const at = new Date(now()).toISOString();
    await history.record({ hash: hashIntent(intent), intent, at, by: [], held: parts });
    const kind = await stabilise(passed);
    if (kind !== 'rebase') return { kind };
    const base = (await history.list()).find(({ hash }) => hash === known)?.intent;
    return base ? { kind, base } : { kind: 'serve' };
  }

  return {
    start: () =>
      inTurn('start', async () => {
        let base: Intent | undefined;
        let rollout: Rollout = { isPaused: false };
        try {
          const read = Promise.all([history.list(), history.rollout()]);
          const [revisions, found] = await within(read, patienceMs);
          base = lastGood(revisions, found);
          rollout = found;
          known = found.stable;
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
      let leave: Leave = { kind: 'serve' };
      const kept = inTurn('record', async () => {
        leave = await keep(passed);
      });
      // An API server that is away holds up what people write no longer than this, and endpoints not at all.
      await within(kept, writeMs).catch(() => undefined);
      void inTurn('prune', () => history.prune(inUse()));
      return leave;
    },
    fault: () => fault,
    stop: () => clearTimeout(timer),
  };
}
