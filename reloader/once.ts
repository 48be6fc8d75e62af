import { setTimeout as delay } from 'node:timers/promises';
import { backoff } from '../functions/wire/backoff.ts';
import type { Log } from '../functions/wire/log.ts';
import { REFUSED_HEADER } from '../functions/wire/revision.ts';
import type { Record } from './disk/record.ts';
import type { Release, Releases } from './disk/release.ts';
import type { Checked } from './haproxy/check.ts';
import type { Poller } from './poll.ts';
import { headline } from './refusal.ts';

export interface OnceOptions {
  readonly poller: Poller;
  readonly releases: Releases;
  readonly record: Record;
  readonly check: (release: Release) => Promise<Checked>;
  /** Without a binary a release cannot be checked; only beside a neighbour that has one is this let pass. */
  readonly mayBeUnchecked: boolean;
  readonly name: string;
  readonly log: Log;
  readonly signal: AbortSignal;
}

/**
 * Stages a first release, so that HAProxy can start from `current`. With the renderer away, a good release that is
 * there from before will do; without one it waits.
 *
 * @returns whether there is a checked release in `current`
 */
export async function once(options: OnceOptions): Promise<boolean> {
  const { poller, releases, record, log, signal } = options;
  const { lastGood } = record.memory;
  let declined: string | undefined;
  const kept = lastGood !== undefined && (await releases.read(lastGood)) !== undefined;
  for (let failures = 1; !signal.aborted; failures += 1) {
    try {
      const report = {
        'x-proxy-name': options.name,
        ...(declined === undefined ? {} : { [REFUSED_HEADER]: declined }),
      };
      const polled = await poller.poll({ asOf: record.memory.asOf, waitMs: 0, report, signal });
      if (polled.kind !== 'bundle') throw new Error('the renderer is not ready');
      const { etag, asOf } = polled.bundle;
      record.origin(etag, polled.revision);
      const release = await releases.carry(polled.bundle, lastGood);
      await releases.stage(release);
      const checked = await options.check(release);
      if (checked.kind === 'fine' || (checked.kind === 'unchecked' && options.mayBeUnchecked)) {
        await releases.point(etag);
        await record.update({ lastGood: etag, asOf, applying: undefined });
        await releases.prune([etag]);
        log.info('a release is in place', { etag, checked: checked.kind === 'fine' });
        return true;
      }
      const reason = checked.kind === 'refused' ? headline(checked) : 'there is no HAProxy binary';
      log.error('the release is refused', {
        etag,
        reason,
        errors: 'errors' in checked ? checked.errors : [],
      });
      const { revision, insteadOf } = polled;
      if (kept || revision === undefined || insteadOf !== undefined || declined !== undefined)
        break;
      // There may be an earlier one that it takes: better than none.
      declined = revision;
    } catch (error) {
      log.warn('no release could be had', { error, kept });
      if (kept) break;
      await delay(backoff(failures, { firstMs: 500, maxMs: 30_000 }), undefined, { signal }).catch(
        () => undefined,
      );
    }
  }
  if (!kept || lastGood === undefined) return false;
  await releases.point(lastGood);
  log.warn('the last good release stays in place', { etag: lastGood });
  return true;
}
