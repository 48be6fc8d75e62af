import { CONFIG_PATH } from '../functions/wire/bundle.ts';
import type { Log } from '../functions/wire/log.ts';
import { asksForState } from './config/state-file-use.ts';
import type { Release } from './disk/release.ts';
import type { StateFile } from './disk/state-file.ts';
import type { Reloaded } from './haproxy/master.ts';
import type { Holds } from './holds/hold.ts';
import type { Reading } from './plan/reading.ts';
import { findSameServers } from './plan/same-servers.ts';
import { carriedState } from './runtime/carried-state.ts';
import { type DownServers, findDownServers, setDown } from './runtime/down-servers.ts';
import { openSession, type Session } from './runtime/session.ts';

/**
 * Carries over a reload which servers are dead. A new worker begins with all of them up, and sends requests to each
 * until its own checks have failed. What is the same server still is carried, in two ways:
 *
 * - HAProxy's own, a state file that the new worker reads before it serves, asks for one line of the template
 *   (`load-server-state-from-file global`). It gets the rows of these servers alone, since a row wins over a new
 *   configuration's port, and none in maintenance.
 * - Without that line, over the Runtime API, for any template: what was down by its checks is set down (`set server
 *   ... health down`) as soon as the new worker answers. Until it answers, some milliseconds, requests are as without.
 *
 * Either way a server comes back by its checks alone.
 */
export interface Health {
  /**
   * Does a reload, and carries over it what holds in both workers.
   *
   * @param releases the one to come, and each that the worker may run, in whole or in part
   */
  carry(
    releases: readonly [Release, ...Release[]],
    reload: () => Promise<Reloaded>,
  ): Promise<Reloaded>;
}

export interface HealthOptions {
  readonly masterSocket: string;
  readonly stateFile: StateFile;
  /** Servers in operators' hands: their maintenance is carried, too. */
  readonly holds: () => Holds;
  readonly reading: Reading;
  readonly log: Log;
  /** What either step may take at most: a reload waits for the first, the end of an apply for the second. */
  readonly deadlineMs?: number;
  /** Ends either step. */
  readonly hurry?: AbortSignal;
}

const DEADLINE_MS = 1_000;
const NONE: DownServers = new Map();

const asks = ({ files }: Release) =>
  files.some(({ path, content }) => path === CONFIG_PATH && asksForState(content));

export function createHealth(options: HealthOptions): Health {
  const { masterSocket, stateFile, holds, reading, log, deadlineMs = DEADLINE_MS, hurry } = options;

  const using = async <T>(work: (session: Session) => Promise<T>): Promise<T> => {
    const way = { path: masterSocket, target: '@1', deadlineMs };
    const session = openSession(hurry === undefined ? way : { ...way, hurry });
    // A session's own deadline begins anew with each answer; this one is for all of them.
    const timer = setTimeout(() => session.close(), deadlineMs);
    try {
      return await work(session);
    } finally {
      clearTimeout(timer);
      session.close();
    }
  };

  /** Never rejects: the new worker's own checks find out as well. */
  const remember = async (releases: readonly [Release, ...Release[]]): Promise<DownServers> => {
    try {
      const { told, shown } = await using(async (session) => ({
        told: await session.ask('get var proc.cfg_hash'),
        shown: await session.ask('show servers state'),
      }));
      const down = findDownServers(shown);
      const isAsked = asks(releases[0]);
      if (down.size === 0 && !isAsked) return NONE;
      if (!releases.some(({ etag }) => told.includes(`<${etag}>`))) return NONE;
      const same = findSameServers(
        releases.map(({ files }) => files),
        { reading, ...(isAsked ? {} : { among: down }) },
      );
      if (isAsked) await stateFile.write(carriedState(shown, same, holds()));
      return new Map([...down].filter(([path]) => same.has(path)));
    } catch (error) {
      log.warn('cannot read which servers are down; the new worker checks all', { error });
      return NONE;
    }
  };

  const restore = async (down: DownServers) => {
    if (down.size === 0) return;
    try {
      const count = await using((session) => setDown(session, down));
      log.info('servers that were down stay down until their checks pass', {
        count: down.size,
        set: count,
      });
    } catch (error) {
      log.warn('servers that were down may get requests until their checks fail', { error });
    }
  };

  return {
    async carry(releases, reload) {
      const down = await remember(releases);
      const outcome = await reload().finally(() => stateFile.clear());
      if (outcome.kind === 'live') await restore(down);
      return outcome;
    },
  };
}
