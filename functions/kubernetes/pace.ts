export interface PaceBounds {
  /** As many at once. */
  readonly burst: number;
  /** And one more each so many milliseconds. */
  readonly regainMs: number;
}

/** Lets so many pass at once, and others one by one: gives how long the next has to wait, in milliseconds. */
export function createPace({ burst, regainMs }: PaceBounds, now: () => number): () => number {
  let left = burst;
  let at = now();
  return () => {
    left = Math.min(burst, left + Math.max(0, now() - at) / regainMs) - 1;
    at = now();
    return left >= 0 ? 0 : Math.ceil(-left * regainMs);
  };
}
