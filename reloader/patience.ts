import { PollError } from './answer.ts';

/** How long somebody waits for the next sign of the renderer. */
export interface Patience {
  /** Aborted with a PollError when that is over. */
  readonly signal: AbortSignal;
  /** From now on, so many milliseconds. */
  await(ms: number): void;
  /** Begins anew at each part. */
  during<Part>(parts: AsyncIterable<Part>): AsyncIterable<Part>;
}

/**
 * Works with so much patience at first.
 *
 * By one timer that sleeps until it is due: undici's own timeouts wake the process twice a second for as long as a poll is
 * held, a quarter of the processor time that a reloader takes while nothing changes.
 */
export async function withPatience<T>(
  firstMs: number,
  work: (patience: Patience) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const start = (ms: number) =>
    setTimeout(() => {
      const late = `the renderer gave no sign for ${Math.round(ms / 1000)} s`;
      controller.abort(new PollError('poll-timeout', late));
    }, ms);
  let timer = start(firstMs);
  try {
    return await work({
      signal: controller.signal,
      await(ms) {
        clearTimeout(timer);
        timer = start(ms);
      },
      async *during(parts) {
        for await (const part of parts) {
          timer.refresh();
          yield part;
        }
      },
    });
  } finally {
    clearTimeout(timer);
  }
}
