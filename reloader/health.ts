import type { Log } from '../functions/wire/log.ts';
import { findSameServers } from './plan/same-servers.ts';
import type { Release } from './release.ts';
import { type DownServers, readDownServers, setDown } from './runtime/down-servers.ts';
import { openSession, type Session } from './runtime/session.ts';

/**
 * Carries over a reload which servers are dead. A new worker begins with all of them up, and sends requests to each
 * until its own checks have failed.
 *
 * HAProxy's own way, `server-state-file`, asks for a line in every section of the template, and its rows win over a
 * new configuration's ports and bring maintenance back. So it is done over the Runtime API, for any template: what was
 * down by its checks before, and is the same server still, is set down (`set server ... health down`) as soon as the
 * new worker answers, and comes back by its checks alone. Until it answers, some milliseconds, requests are as without.
 */
export interface Health {
  /**
   * Reads, ahead of a reload, what is down.
   *
   * @param releases the one to come, and each that the worker may run, in whole or in part
   */
  remember(releases: readonly Release[]): Promise<DownServers>;
  /** Sets it down in the worker that has come. Never rejects: the new worker's own checks find out as well. */
  restore(down: DownServers): Promise<void>;
}

export interface HealthOptions {
  readonly masterSocket: string;
  readonly log: Log;
  /** What either step may take at most: a reload waits for the first, the end of an apply for the second. */
  readonly deadlineMs?: number;
}

const DEADLINE_MS = 1_000;

export function createHealth(options: HealthOptions): Health {
  const { masterSocket, log, deadlineMs = DEADLINE_MS } = options;

  const using = async <T>(work: (session: Session) => Promise<T>): Promise<T> => {
    const session = openSession({ path: masterSocket, target: '@1', deadlineMs });
    // A session's own deadline begins anew with each answer; this one is for all of them.
    const timer = setTimeout(() => session.close(), deadlineMs);
    try {
      return await work(session);
    } finally {
      clearTimeout(timer);
      session.close();
    }
  };

  return {
    async remember(releases) {
      try {
        const { told, down } = await using(async (session) => ({
          told: await session.ask('get var proc.cfg_hash'),
          down: await readDownServers(session),
        }));
        const isKnown = releases.some(({ etag }) => told.includes(`<${etag}>`));
        if (down.size === 0 || !isKnown) return new Map();
        const same = findSameServers(releases.map(({ files }) => files));
        return new Map([...down].filter(([path]) => same.has(path)));
      } catch (error) {
        log.warn('which servers are down is not known: the new worker finds out', { error });
        return new Map();
      }
    },
    async restore(down) {
      if (down.size === 0) return;
      try {
        const count = await using((session) => setDown(session, down));
        log.info('servers that were down stay down until their checks pass', { count });
      } catch (error) {
        log.warn('servers that were down may be up until checks fail', { error });
      }
    },
  };
}
