import { setTimeout as wait } from 'node:timers/promises';
import type { BackoffBounds } from '../wire/backoff.ts';

/** The clock, chance, and every span of time of the reflectors: tests shorten them. Milliseconds unless named otherwise. */
export interface Timing {
  readonly now: () => number;
  readonly delay: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly random: () => number;
  /** Bounds of `timeoutSeconds`, in seconds: random, so that the watches of a fleet do not end together. */
  readonly watchSeconds: { readonly least: number; readonly most: number };
  /** A watch is given up this long after the server should have ended it. */
  readonly graceMs: number;
  /** The longest silence of a watch: bookmarks come about every minute. */
  readonly idleMs: number;
  /** The longest silence of a streaming list: a server that knows none would never end one. */
  readonly listIdleMs: number;
  readonly listMs: number;
  readonly backoff: BackoffBounds;
  /** While the server is away one of all reflectors tries at least so often. */
  readonly scoutMs: number;
  /** A try from before the server was back that has no answer for so long was lost on the way. */
  readonly hungMs: number;
  /** Failures further apart than this are first failures. */
  readonly healthyMs: number;
  /** A watch that ends sooner than this, with no event, has failed. */
  readonly shortMs: number;
  /** How long a change of the services or inputs waits for what is new to be read. */
  readonly holdMs: number;
  /** How often it is looked whether the API has a kind by now that it had not. */
  readonly discoverMs: number;
}

export const TIMING: Timing = {
  now: Date.now,
  delay: (ms, signal) => wait(ms, undefined, { signal }),
  random: Math.random,
  watchSeconds: { least: 300, most: 600 },
  graceMs: 30_000,
  idleMs: 120_000,
  listIdleMs: 10_000,
  listMs: 60_000,
  backoff: { firstMs: 800, maxMs: 30_000 },
  scoutMs: 1000,
  hungMs: 1000,
  healthyMs: 120_000,
  shortMs: 1000,
  holdMs: 10_000,
  discoverMs: 10_000,
};
