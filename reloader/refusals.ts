import { type BackoffBounds, backoff } from '../functions/wire/backoff.ts';
import type { Bundle } from '../functions/wire/bundle.ts';
import type { Log } from '../functions/wire/log.ts';
import type { Record } from './disk/record.ts';
import { isLasting, type Reason, type Refusal } from './refusal.ts';
import type { Status } from './status.ts';

/** Which releases are refused, and when one that may pass is to be tried anew. */
export interface Refusals {
  find(etag: string): Refusal | undefined;
  /** The newest of all. */
  newest(): Refusal | undefined;
  refuse(bundle: Bundle, reason: Reason): Promise<void>;
  /** What is live ends its own refusal, and those that waited for another HAProxy: something newer has come. */
  forgive(etag: string): Promise<void>;
  /** Sets a bundle aside for a time. */
  postpone(bundle: Bundle, forMs: number): void;
  /** HAProxy is there: what waits for that is due now. Whether anything is. */
  hasten(): boolean;
  /** Nothing waits any more: another bundle has come. */
  supersede(): void;
  /** What waits, and for how many milliseconds still. */
  waiting(): { readonly bundle: Bundle; readonly inMs: number } | undefined;
}

export interface RefusalsOptions {
  readonly record: Record;
  readonly status: Status;
  readonly log: Log;
}

const RETRY: BackoffBounds = { firstMs: 1_000, maxMs: 120_000 };
const KEPT = 20;
/** A HAProxy that is killed in one reload after the other: the release may need more memory than there is. */
const KILLED_TRIES = 5;

export function createRefusals({ record, status, log }: RefusalsOptions): Refusals {
  let pending: { readonly bundle: Bundle; readonly at: number } | undefined;
  let tries = 0;
  status.refused = record.memory.refused;

  /** A disk that takes no note of it is one of the reasons to refuse. */
  const remember = async (refused: readonly Refusal[]) => {
    status.refused = refused;
    await record
      .update({ refused })
      .catch((error: unknown) => log.error('a refusal could not be written down', { error }));
  };
  const postpone = (bundle: Bundle, forMs: number) => {
    pending = { bundle, at: performance.now() + forMs };
  };

  return {
    find: (etag) => status.refused.find((refusal) => refusal.etag === etag),
    newest: () => status.refused[0],
    async refuse(bundle, { code, reason, errors }) {
      const { etag } = bundle;
      const refusal = { etag, at: new Date().toISOString(), code, reason, errors };
      status.counts.refusals += 1;
      log.error('a release is refused', { ...refusal, live: status.live });
      const others = status.refused.filter((other) => other.etag !== etag);
      await remember([refusal, ...others].slice(0, KEPT));
      if (isLasting(refusal)) return;
      tries += 1;
      if (code === 'haproxy-killed' && tries > KILLED_TRIES) return;
      postpone(bundle, backoff(tries, RETRY));
    },
    async forgive(etag) {
      tries = 0;
      const left = status.refused.filter((r) => r.etag !== etag && r.code !== 'roll-the-pod');
      if (left.length < status.refused.length) await remember(left);
    },
    postpone,
    hasten() {
      const waiting = status.refused.find(({ etag }) => etag === pending?.bundle.etag);
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
