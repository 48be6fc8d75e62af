import { setTimeout as delay } from 'node:timers/promises';
import { backoff } from '../functions/wire/backoff.ts';
import type { Log } from '../functions/wire/log.ts';
import { REFUSED_HEADER } from '../functions/wire/revision.ts';
import type { Record } from './disk/record.ts';
import type { Release } from './disk/release.ts';
import type { Releases } from './disk/releases.ts';
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

/** `earlier`: the revision that was refused, where there may be one before it that is not. */
type Attempt =
  | { readonly kind: 'placed' }
  | { readonly kind: 'refused'; readonly earlier: string | undefined };

/**
 * Fetches a release and stages it.
 *
 * @param declined a revision that is not wanted
 * @throws where none can be had
 */
async function attempt(options: OnceOptions, declined: string | undefined): Promise<Attempt> {
  const { poller, releases, record, name, log, signal } = options;
  const { lastGood, asOf: seen } = record.memory;
  const report = {
    'x-proxy-name': name,
    ...(declined === undefined ? {} : { [REFUSED_HEADER]: declined }),
  };
  const polled = await poller.poll({ asOf: seen, waitMs: 0, report, signal });
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
    log.info('release in place', { etag, checked: checked.kind === 'fine' });
    return { kind: 'placed' };
  }
  const reason = checked.kind === 'refused' ? headline(checked) : 'there is no HAProxy binary';
  const errors = checked.kind === 'refused' ? checked.errors : [];
  log.error('release refused', { etag, reason, errors });
  const isLast = polled.insteadOf !== undefined || declined !== undefined;
  return { kind: 'refused', earlier: isLast ? undefined : polled.revision };
}

/**
 * Stages a first release, so that HAProxy can start from `current`. With the renderer away, a good release that is
 * there from before will do; without one it waits.
 *
 * @returns whether there is a checked release in `current`
 */
export async function once(options: OnceOptions): Promise<boolean> {
  const { releases, record, log, signal } = options;
  const { lastGood } = record.memory;
  let declined: string | undefined;
  const kept = lastGood !== undefined && (await releases.read(lastGood)) !== undefined;
  for (let failures = 1; !signal.aborted; failures += 1) {
    try {
      const attempted = await attempt(options, declined);
      if (attempted.kind === 'placed') return true;
      if (kept || attempted.earlier === undefined) break;
      // There may be an earlier one that it takes: better than none.
      declined = attempted.earlier;
    } catch (error) {
      log.warn('cannot get a release', { error, kept });
      if (kept) break;
      await delay(backoff(failures, { firstMs: 500, maxMs: 30_000 }), undefined, { signal }).catch(
        () => undefined,
      );
    }
  }
  if (!kept || lastGood === undefined) return false;
  await releases.point(lastGood);
  log.warn('keeping the last good release', { etag: lastGood });
  return true;
}
