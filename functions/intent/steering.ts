import { hashIntent, type Intent } from '../core/intent.ts';
import type { History, KeptRevision, Rollout } from '../core/revision.ts';
import type { Log } from '../wire/log.ts';
import type { Gate } from './gate.ts';
import type { HeldBack } from './status.ts';

export interface SteeringOptions {
  readonly history: History;
  readonly gate: Pick<Gate, 'begin' | 'freeze' | 'thaw' | 'rebase' | 'status'>;
  readonly log: Log;
  readonly now?: () => number;
  /** How long a first look at the history may take, in milliseconds: nothing is served before it. */
  readonly patienceMs?: number;
}

/** Ties the gate to what replicas and people share: which revision is stable, and whether one is pinned. */
export interface Steering {
  /** Reads what the fleet ran last, and lets the gate begin with it. */
  start(): Promise<void>;
  /** The shared object has changed. */
  steer(rollout: Rollout): void;
  /** An intent has passed the gate: it is kept, and told to the others. */
  passed(intent: Intent, held: readonly HeldBack[]): void;
  /** Why the history cannot be written or read now. */
  fault(): string | undefined;
}

const PATIENCE_MS = 5_000;

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
  const { history, gate, log, now = Date.now, patienceMs = PATIENCE_MS } = options;
  let latest: Rollout | undefined;
  let fault: string | undefined;
  /** One thing at a time, in order: what is read and written of the history. */
  let turn: Promise<void> = Promise.resolve();

  function inTurn(what: string, act: () => Promise<void>): Promise<void> {
    turn = turn.then(async () => {
      try {
        await act();
        fault = undefined;
      } catch (error) {
        fault = `${what}: ${(error as Error).message}`;
        log.warn('the history of revisions cannot be used', { what, error });
      }
    });
    return turn;
  }

  async function follow(rollout: Rollout): Promise<void> {
    const { stable, pinned, isPaused } = rollout;
    const wanted = pinned ?? stable;
    const served = gate.status().current?.hash;
    const isOther = wanted !== undefined && wanted !== served;
    const revisions = isOther ? await history.list() : [];
    const intent = revisions.find(({ hash }) => hash === wanted)?.intent;
    if (isOther && !intent) log.error('a revision that the rollout names is not there', { wanted });
    if (pinned !== undefined) gate.freeze('pinned', intent);
    else if (isPaused) gate.freeze('paused', intent);
    else {
      gate.thaw();
      if (intent) gate.rebase(intent);
    }
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
        } finally {
          gate.begin(base);
        }
        latest ??= rollout;
        await follow(latest);
      }),
    steer(rollout) {
      latest = rollout;
      void inTurn('rollout', () => follow(rollout));
    },
    passed(intent, held) {
      const hash = hashIntent(intent);
      void inTurn('record', async () => {
        const at = new Date(now()).toISOString();
        const parts = held.map(({ unit, diagnostic: { code, message } }) => ({
          unit,
          code,
          message,
        }));
        await history.record({ hash, intent, at, by: [], held: parts });
        // Somebody may have pinned or paused meanwhile: then the revision is kept, and no more.
        await history.steer((rollout) =>
          rollout.pinned === undefined && !rollout.isPaused
            ? { ...rollout, stable: hash }
            : rollout,
        );
      });
    },
    fault: () => fault,
  };
}
