import type { Authenticator, Verdict } from './authenticator.ts';

export interface FailureLimit {
  /** Failures that a peer may make at once. */
  readonly burst?: number;
  /** Milliseconds after which one more is allowed. */
  readonly regainMs?: number;
  readonly now?: () => number;
}

interface Bucket {
  readonly failures: number;
  readonly at: number;
}

/** Peers remembered at most: beyond it the one that failed longest ago is forgotten, so that memory is bounded. */
const MOST_PEERS = 10_000;

/**
 * Limits failures by peer: whoever fails too often is answered 429 without being looked at, so that guessing is slow
 * and cannot be used to burden the API server. What the authenticator recalls passes: a proxy that is known is not
 * shut out by a stranger behind the same address.
 */
export function limitFailures(inner: Authenticator, limit: FailureLimit = {}): Authenticator {
  const { burst = 10, regainMs = 6000, now = Date.now } = limit;
  const buckets = new Map<string, Bucket>();

  const failuresOf = (peer: string): number => {
    const bucket = buckets.get(peer);
    return bucket ? Math.max(0, bucket.failures - (now() - bucket.at) / regainMs) : 0;
  };
  const noteFailure = (peer: string): void => {
    const failures = failuresOf(peer) + 1;
    buckets.delete(peer);
    buckets.set(peer, { failures, at: now() });
    if (buckets.size > MOST_PEERS) buckets.delete(buckets.keys().next().value as string);
  };
  const tooMany = (failures: number): Verdict => ({
    kind: 'refused',
    status: 429,
    code: 'access-limited',
    message: 'this address failed to prove who it is too often',
    hint: 'Wait as Retry-After says; then send valid credentials.',
    retryAfter: Math.max(1, Math.ceil(((failures - burst + 1) * regainMs) / 1000)),
  });

  return {
    describes: inner.describes,
    ...(inner.recall && { recall: inner.recall }),
    async admit(request) {
      const recalled = inner.recall?.(request);
      if (recalled?.kind === 'allowed') return recalled;
      const failures = failuresOf(request.peer);
      if (failures > burst - 1) return tooMany(failures);
      const verdict = await inner.admit(request);
      if (verdict.kind === 'refused') noteFailure(request.peer);
      return verdict;
    },
  };
}
