import { setTimeout as delay } from 'node:timers/promises';

/** What takes long is asked about less often: asking takes time from it. */
const FIRST_PAUSE_MS = 5;
const MOST_PAUSE_MS = 100;

/**
 * Waits for a condition, not for a time: polls `condition` until it gives something truthy, and returns that.
 * A condition that throws counts as "not yet"; its last error is the cause of the failure.
 *
 * @param what named in the error
 * @param timeoutMs after which the wait fails; generous, since only a failing test ever reaches it
 */
export async function until<T>(
  what: string,
  condition: () => T | Promise<T>,
  timeoutMs = 30_000,
): Promise<NonNullable<T>> {
  const end = performance.now() + timeoutMs;
  let pause = FIRST_PAUSE_MS;
  let cause: unknown;
  for (;;) {
    try {
      const value = await condition();
      if (value) return value as NonNullable<T>;
      cause = undefined;
    } catch (error) {
      cause = error;
    }
    if (performance.now() > end) throw new Error(`gave up waiting until ${what}`, { cause });
    await delay(pause);
    pause = Math.min(MOST_PAUSE_MS, pause * 1.25);
  }
}
