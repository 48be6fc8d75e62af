import { type BackoffBounds, backoff } from '../functions/wire/backoff.ts';
import type { Bundle } from '../functions/wire/bundle.ts';
import type { Log } from '../functions/wire/log.ts';
import { formatToldAlerts } from '../functions/wire/alerts-header.ts';
import type { Record, Words } from './disk/record.ts';
import {
  isLasting,
  isOfTheConfiguration,
  type Occasion,
  type Reason,
  type Refusal,
} from './refusal.ts';
import type { Status } from './status.ts';

/** Which releases are refused, and when one that may pass is to be tried anew. */
export interface Refusals {
  find(etag: string): Refusal | undefined;
  /** The newest of all. */
  newest(): Refusal | undefined;
  /** The refusal of a revision that is not what runs: what is not wanted until it is tried anew. */
  declined(): Refusal | undefined;
  refuse(bundle: Bundle, reason: Reason): Promise<void>;
  /**
   * What is live ends its own refusal. Where it is not in the place of something refused, it ends those of other
   * revisions, too, and those that waited for another HAProxy: something newer has come.
   */
  forgive(etag: string, occasion: Occasion): Promise<void>;
  /** Sets a bundle aside for a time. */
  postpone(bundle: Bundle, forMs: number): void;
  /** HAProxy is there: what waits for that is due now. Whether anything is. */
  hasten(): boolean;
  /** Nothing waits any more: another bundle has come. */
  supersede(): void;
  /**
   * Whether a bundle that came was refused for what may pass, and so lately that it would meet the same: then it waits
   * for the rest of its time.
   */
  rests(bundle: Bundle, occasion: Occasion): boolean;
  /** What waits, and for how many milliseconds still; without a bundle it is to be fetched anew. */
  waiting(): { readonly bundle: Bundle | undefined; readonly inMs: number } | undefined;
}

export interface RefusalsOptions {
  readonly record: Record;
  readonly status: Status;
  readonly log: Log;
}

const RETRY: BackoffBounds = { firstMs: 1_000, maxMs: 120_000 };
const KEPT = 20;
/** Of these it is not the release that is to blame: an earlier one would meet the same. */
const WITHOUT_HAPROXY = new Set(['haproxy-away', 'no-release']);
/** A HAProxy that is killed in one reload after the other: the release may need more memory than there is. */
const KILLED_TRIES = 5;

/** With the lines that HAProxy names: the renderer has others by then. */
function wordsOf({ etag, files }: Bundle, { reason, errors }: Refusal): Words {
  const alerts = errors.length > 0 ? errors : [{ message: reason }];
  return { etag, alerts: formatToldAlerts(alerts, files) };
}

export function createRefusals({ record, status, log }: RefusalsOptions): Refusals {
  let pending: { readonly bundle: Bundle | undefined; readonly at: number } | undefined;
  let tries = 0;
  /** When each that may pass is worth another try, by its hash. */
  const restsUntil = new Map<string, number>();
  status.refused = record.memory.refused;

  /** A disk that takes no note of it is one of the reasons to refuse. */
  const write = (refused: readonly Refusal[], words = record.memory.words) =>
    record
      .update({ refused, words })
      .catch((error: unknown) => log.error('cannot record a refusal', { error }));
  const postpone = (bundle: Bundle | undefined, forMs: number) => {
    pending = { bundle, at: performance.now() + forMs };
  };
  const declined = () =>
    status.refused.find(
      ({ revision, code }) =>
        revision !== undefined && revision !== record.memory.revision && !WITHOUT_HAPROXY.has(code),
    );
  /** The older ones go first, and never what is declined. */
  const keepSome = (refused: readonly Refusal[]) => {
    const kept = refused.slice(0, KEPT);
    const last = declined();
    return last === undefined || kept.includes(last) || kept[0]?.revision === last.revision
      ? kept
      : [...kept.slice(0, -1), last];
  };
  const left = declined();
  if (left !== undefined && !isLasting(left)) postpone(undefined, 0);

  const find = (etag: string) => status.refused.find((refusal) => refusal.etag === etag);

  return {
    find,
    newest: () => status.refused[0],
    async refuse(bundle, { code, reason, errors }) {
      const { etag } = bundle;
      restsUntil.delete(etag);
      const revision = record.revisionOf(etag);
      const at = new Date().toISOString();
      const refusal = { etag, ...(revision && { revision }), at, code, reason, errors };
      status.counts.refusals += 1;
      log.error('release refused', { ...refusal, live: status.live });
      const others = status.refused.filter((other) => other.etag !== etag);
      const refused = keepSome([refusal, ...others]);
      // Told when it is written down: whoever is ended then still knows it.
      await write(refused, isOfTheConfiguration(refusal) ? wordsOf(bundle, refusal) : undefined);
      status.refused = refused;
      if (isLasting(refusal)) return;
      tries += 1;
      if (code === 'haproxy-killed' && tries > KILLED_TRIES) return;
      const pauseMs = backoff(tries, RETRY);
      for (const other of restsUntil.keys())
        if (find(other) === undefined) restsUntil.delete(other);
      restsUntil.set(etag, performance.now() + pauseMs);
      // By then there are other endpoints.
      postpone(declined() === refusal ? undefined : bundle, pauseMs);
    },
    async forgive(etag, occasion) {
      restsUntil.delete(etag);
      const { revision: running } = record.memory;
      const isNewer = occasion !== 'instead';
      if (isNewer) tries = 0;
      const isOver = ({ revision = running, code, ...refusal }: Refusal) =>
        revision !== running || code === 'roll-the-pod' || !isLasting({ ...refusal, code });
      const kept = status.refused.filter(
        (refusal) => refusal.etag !== etag && !(isNewer && isOver(refusal)),
      );
      if (kept.length === status.refused.length) return;
      status.refused = kept;
      await write(kept);
    },
    declined,
    postpone,
    rests(bundle, occasion) {
      const { etag } = bundle;
      const restMs = (restsUntil.get(etag) ?? 0) - performance.now();
      const isFetched = occasion === 'due' || occasion === 'asked';
      if (isFetched || restMs <= 0 || find(etag) === undefined) return false;
      // What is newest is what waits; what comes in its place leaves that as it is.
      if (occasion === 'came' || pending === undefined) postpone(bundle, restMs);
      return true;
    },
    hasten() {
      const waiting = status.refused.find(({ etag }) => etag === pending?.bundle?.etag);
      if (pending === undefined || waiting?.code !== 'haproxy-away') return false;
      postpone(pending.bundle, 0);
      return true;
    },
    supersede() {
      pending = undefined;
    },
    waiting: () =>
      pending && { bundle: pending.bundle, inMs: Math.max(0, pending.at - performance.now()) },
  };
}
