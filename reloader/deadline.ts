import { PollError } from './answer.ts';

/** When the next sign of the renderer is due. */
export interface Deadline {
  /** Aborted with a PollError when it has passed. */
  readonly signal: AbortSignal;
  /** So many milliseconds from now instead. */
  move(ms: number): void;
  /** As long again from each part on. */
  during<Part>(parts: AsyncIterable<Part>): AsyncIterable<Part>;
}

/**
 * Works with a deadline, at first in so many milliseconds.
 *
 * By one timer that sleeps until it is due: undici's own timeouts wake the process twice a second for as long as a poll is
 * held, a quarter of the processor time that a reloader takes while nothing changes.
 */
export async function withDeadline<T>(
  firstMs: number,
  work: (deadline: Deadline) => Promise<T>,
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
      move(ms) {
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
