export interface BucketBounds {
  /** As many at once. */
  readonly burst: number;
  /** And one more each so many milliseconds. */
  readonly regainMs: number;
}

/** A token bucket: how often something may happen. */
export interface TokenBucket {
  /** Takes a token, unless none is left: whether there was one. */
  tryTake(): boolean;
  /** Takes a token that may be yet to come: for how many milliseconds to wait for it. */
  take(): number;
}

/** A bucket that is full. */
export function createTokenBucket(
  { burst, regainMs }: BucketBounds,
  now: () => number,
): TokenBucket {
  let left = burst;
  let at = now();

  function refill(): void {
    const time = now();
    left = Math.min(burst, left + Math.max(0, time - at) / regainMs);
    at = time;
  }

  return {
    tryTake() {
      refill();
      if (left < 1) return false;
      left -= 1;
      return true;
    },
    take() {
      refill();
      left -= 1;
      return left >= 0 ? 0 : Math.ceil(-left * regainMs);
    },
  };
}
