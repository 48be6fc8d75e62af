import type { Log } from '../functions/wire/log.ts';
import type { LastGood } from './disk/last-good.ts';
import type { Record } from './disk/record.ts';
import type { Release } from './disk/release.ts';
import type { Releases } from './disk/releases.ts';
import type { Haproxy } from './haproxy/haproxy.ts';
import type { Reloaded } from './haproxy/master.ts';
import { postMortem, preflight } from './haproxy/preflight.ts';
import type { Health } from './health.ts';
import type { CarriedHolds } from './holds/carried-holds.ts';
import type { Reading } from './plan/reading.ts';
import type { Reason } from './refusal.ts';
import { unboundAddresses } from './surroundings.ts';

/**
 * Why a reload: the change cannot be made at runtime (`plan`), or was tried and is not proven (`surprise`), or HAProxy
 * runs something else than it should (`drift`).
 */
export type ReloadCause = 'plan' | 'surprise' | 'drift';

export interface Why {
  readonly cause: ReloadCause;
  /** In words. */
  readonly reason: string;
}

export type Brought =
  | { readonly kind: 'started' }
  | ({ readonly kind: 'reloaded' } & Why)
  | ({ readonly kind: 'refused' } & Reason);

/** Brings HAProxy to a release by a start or a reload. */
export interface Reload {
  /**
   * Swaps the release in, and waits for proof; on failure the last good one is back, on disk and in HAProxy. After a
   * surprise that is so where nothing was swapped, too: HAProxy has been changed in part already.
   */
  bring(release: Release, why: Why): Promise<Brought>;
  /** From a release of which HAProxy runs a part to the last good one. */
  rollBack(failed: Release): Promise<void>;
  /** Lets HAProxy load the release that is in place, from a worker that runs one of `before`, or half of it. */
  load(release: Release, before: readonly (Release | undefined)[]): Promise<Reloaded>;
}

export interface ReloadOptions {
  readonly releases: Releases;
  readonly record: Record;
  readonly lastGood: LastGood;
  readonly haproxy: Haproxy;
  readonly health: Health;
  readonly holds: CarriedHolds;
  readonly reading: Reading;
  /** Told whenever another worker runs a release. */
  readonly onLive: (etag: string) => void;
  readonly log: Log;
}

export function createReload(options: ReloadOptions): Reload {
  const { releases, record, lastGood, haproxy, health, holds, reading, onLive, log } = options;

  const suspects = new Set<string>();

  /** Dead servers stay dead, where it is known what runs. */
  const load: Reload['load'] = async (release, before) => {
    const running = before.filter((each) => each !== undefined);
    const bring = () => haproxy.bring(release.etag);
    const isSure = running.length === before.length && (await haproxy.isRunning());
    const outcome = await (isSure ? health.carry([release, ...running], bring) : bring());
    if (outcome.kind === 'live') {
      onLive(release.etag);
      await holds.restore(release);
    }
    return outcome;
  };

  /** On disk at once, since a restart would read the bad release; then in HAProxy. */
  const restore = async (old: Release, failed: Release) => {
    await releases.point(old.etag);
    // A failed reload may leave the master without a configuration and a 3.2 worker without its sockets.
    const restored = await load(old, [failed]);
    // The mark goes last: until here HAProxy may be half changed, and still tell the last good hash.
    if (restored.kind === 'live') return lastGood.note(old.etag);
    log.error('cannot restore the last good release yet', { reason: restored.reason });
  };

  /** There is nothing to go back to. */
  const abandon = async (wasRunning: boolean) => {
    await releases.unpoint();
    await record.update({ applying: undefined });
    if (!wasRunning) await haproxy.abandon();
  };

  const swap = async (release: Release, old: Release | undefined, running: boolean) => {
    await record.mark(release.etag);
    await releases.point(release.etag);
    const outcome = await load(release, [old]);
    if (outcome.kind === 'live') await lastGood.settle(release);
    else await (old === undefined ? abandon(running) : restore(old, release));
    return outcome;
  };

  return {
    async bring(release, why) {
      const old = await lastGood.read();
      const running = await haproxy.isRunning();
      const { kind } = haproxy;
      const obstacle = running
        ? await preflight({ old, next: release, kind, suspects, reading })
        : undefined;
      if (obstacle !== undefined) {
        if (why.cause === 'surprise' && old !== undefined) await restore(old, release);
        return { kind: 'refused', ...obstacle };
      }
      // After a surprise, what is shown may be the half of a change.
      if (running && old !== undefined && why.cause === 'plan') await holds.learn(old);
      const outcome = await swap(release, old, running);
      if (outcome.kind === 'live')
        return running ? { kind: 'reloaded', ...why } : { kind: 'started' };
      const isTold = outcome.errors.length > 0 || outcome.isKilled === true;
      const errors = isTold
        ? outcome.errors
        : await postMortem({ old, next: release, kind, reading });
      for (const address of unboundAddresses(errors)) suspects.add(address);
      const failed = outcome.isKilled === true ? 'haproxy-killed' : 'reload-failed';
      const code = running ? failed : 'start-failed';
      return { kind: 'refused', code, reason: outcome.reason, errors };
    },
    async rollBack(failed) {
      const old = await lastGood.read();
      if (old !== undefined) await restore(old, failed);
    },
    load,
  };
}
