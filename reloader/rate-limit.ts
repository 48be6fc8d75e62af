export interface RateLimitOptions {
  /** Least time between two reloads. */
  readonly minReloadIntervalMs: number;
  /** A reload waits for a random time of up to so much, that a fleet does not reload as one. */
  readonly splayMs: number;
  /** Milliseconds on a clock that never goes back. */
  readonly now: () => number;
  /** From 0 up to, not including, 1. */
  readonly random: () => number;
}

/** How soon reloads may follow one another. What needs none never waits. */
export interface RateLimit {
  /** Milliseconds until a reload may come: asked again for the same one, or for a newer release in its place, less. */
  waitMs(): number;
  /** A release has become live, by a reload or without. */
  live(how: 'reloaded' | 'runtime'): void;
}

export function createRateLimit({
  minReloadIntervalMs,
  splayMs,
  now,
  random,
}: RateLimitOptions): RateLimit {
  let due: number | undefined;
  let reloadedAt = Number.NEGATIVE_INFINITY;
  return {
    waitMs() {
      due ??= now() + random() * splayMs;
      return Math.max(0, Math.max(due, reloadedAt + minReloadIntervalMs) - now());
    },
    live(how) {
      due = undefined;
      if (how === 'reloaded') reloadedAt = now();
    },
  };
}
