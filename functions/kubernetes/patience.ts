import { backoff } from '../wire/backoff.ts';
import { type ApiError, type ApiErrorCode, isAway } from './api-error.ts';
import type { Attempt } from './contact.ts';
import type { Timing } from './timing.ts';

/** After these nothing that was known of the history holds, so that everything is listed again. */
export const RELIST: ReadonlySet<ApiErrorCode> = new Set([
  'kubernetes-gone',
  'kubernetes-rewound',
  'kubernetes-garbage',
]);

/**
 * How long a collection waits before it tries again.
 *
 * A server that is away and a server that refuses are counted apart: what an outage has grown says nothing of a server
 * that is back. And a history that is gone is no reason to wait at all, the first time: what is known is old by then.
 */
export class Patience {
  readonly #timing: Timing;
  #failures = { away: 0, refused: 0 };
  #failedAt = Number.NEGATIVE_INFINITY;
  #relistedAt = Number.NEGATIVE_INFINITY;

  constructor(timing: Timing) {
    this.#timing = timing;
  }

  /** A connection did some good: the next one that fails to reach the server is the first. */
  noteGood(): void {
    this.#failures.away = 0;
  }

  /** Waits as long as a failed attempt asks for. */
  async wait(attempt: Attempt, error: ApiError, signal: AbortSignal): Promise<void> {
    const { now, healthyMs, random, delay } = this.#timing;
    const at = now();
    if (RELIST.has(error.code) && at - this.#relistedAt > healthyMs) {
      this.#relistedAt = at;
      return;
    }
    if (at - this.#failedAt > healthyMs) this.#failures = { away: 0, refused: 0 };
    this.#failedAt = at;
    const kind = !attempt.isAnswered && isAway(error) ? 'away' : 'refused';
    const ms = backoff(++this.#failures[kind], this.#timing.backoff, random);
    if (kind === 'away') await attempt.wait(ms);
    else await delay(Math.max(error.retryAfterMs, ms), signal).catch(() => undefined);
  }
}
