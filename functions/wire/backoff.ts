/** How long to wait between tries: the bounds of an exponential backoff, in milliseconds. */
export interface BackoffBounds {
  readonly firstMs: number;
  readonly maxMs: number;
}

/**
 * Full-jitter exponential backoff: a uniformly random wait below a ceiling that doubles with each failure, so that
 * a fleet that lost its server together does not come back together.
 *
 * @param failures consecutive failures so far, from 1
 * @returns milliseconds to wait
 */
export function backoff(
  failures: number,
  { firstMs, maxMs }: BackoffBounds,
  random: () => number = Math.random,
): number {
  const ceiling = Math.min(maxMs, firstMs * 2 ** Math.min(failures - 1, 30));
  return Math.ceil(random() * ceiling);
}
