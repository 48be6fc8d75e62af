import type { Alert } from '../../functions/wire/alerts.ts';
import type { Log } from '../../functions/wire/log.ts';
import type { Child } from './child.ts';
import type { Master, Reloaded } from './master.ts';

/** The HAProxy that this reloader keeps, whether it started it or not. */
export interface Haproxy {
  readonly kind: 'child' | 'neighbour';
  readonly master: Master;
  isRunning(): Promise<boolean>;
  /** Makes HAProxy run what `current` leads to, which has this hash: by a start or a reload, and proven. */
  bring(hash: string): Promise<Reloaded>;
  /** Ends a HAProxy that has no good configuration. */
  abandon(): Promise<void>;
  /** Lets connections finish, then ends it; a neighbour is not ours to end. */
  stop(drainMs: number, hurry: AbortSignal): Promise<void>;
}

/** 1,000 certificates take a second; a machine under load some more. */
const BRING_MS = 60_000;

export interface ChildHaproxyOptions {
  readonly child: Child;
  readonly master: Master;
  /** How many workers of earlier configurations may go on beside the new one; 0 for any number. */
  readonly maxOldWorkers: number;
  readonly log: Log;
}

/** How a master ends that was killed, or whose worker was; nobody tells how one ended that was adopted. */
const KILLED = new Set(['SIGKILL', 'exit code 137', 'ended']);
/** What HAProxy 3.x says of a worker that was killed while it loaded: the master goes on with the former one. */
const WORKER_KILLED = /exited with code 137 /;
const isWorkerKilled = (errors: readonly Alert[]) =>
  errors.some(({ message }) => WORKER_KILLED.test(message));

/** HAProxy as a child of this reloader. */
export function createChildHaproxy(options: ChildHaproxyOptions): Haproxy {
  const { child, master, maxOldWorkers, log } = options;
  /** A reload adds an old worker: the oldest ones end for it, with the connections that they still have. */
  const makeRoom = async () => {
    const { oldWorkers = [] } = (await master.processes()) ?? {};
    if (maxOldWorkers === 0 || oldWorkers.length < maxOldWorkers) return;
    // Process ids grow: the smallest is the oldest.
    const byAge = oldWorkers.toSorted((a, b) => a - b);
    for (const pid of byAge.slice(0, oldWorkers.length - maxOldWorkers + 1)) {
      const connections = await master.connections(pid);
      log.warn('stopping an old worker for a reload', { pid, connections, maxOldWorkers });
      child.endWorker(pid);
    }
  };
  const trouble = () =>
    child.alive() ? undefined : `HAProxy ended: ${child.ending() ?? 'unknown'}`;
  const reload = async (hash: string): Promise<Reloaded> => {
    const outcome = await master.reload(hash, { deadlineMs: BRING_MS, trouble });
    if (outcome.kind === 'live') return outcome;
    const died = !child.alive() && KILLED.has(child.ending() ?? '');
    return { ...outcome, isKilled: died || isWorkerKilled(outcome.errors) };
  };
  const noHurry = new AbortController().signal;
  return {
    kind: 'child',
    master,
    isRunning: async () => child.alive(),
    async bring(hash) {
      if (child.alive()) {
        await makeRoom();
        return reload(hash);
      }
      await child.start();
      return master.proof(hash, { deadlineMs: BRING_MS, trouble });
    },
    abandon: () => child.stop(0, noHurry),
    stop: (drainMs, hurry) => child.stop(drainMs, hurry),
  };
}

/** HAProxy in another container, reached by its master socket. */
export function createNeighbourHaproxy(master: Master): Haproxy {
  return {
    kind: 'neighbour',
    master,
    isRunning: async () => (await master.processes()) !== undefined,
    async bring(hash) {
      const outcome = await master.reload(hash, { deadlineMs: BRING_MS });
      if (outcome.kind === 'live') return outcome;
      // One that is away has ended in the reload, by whatever: that is no word about the release.
      const isAway = (await master.processes()) === undefined;
      return { ...outcome, isKilled: isAway || isWorkerKilled(outcome.errors) };
    },
    abandon: async () => undefined,
    stop: async () => undefined,
  };
}
