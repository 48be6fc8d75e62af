import { ApiError } from './api-error.ts';
import type { Timing } from './timing.ts';

/** One try to reach the API server, and what comes of it until its connection ends. */
export interface Attempt {
  /** Aborts with the reflector, and where the attempt hangs while another one has reached the server. */
  readonly signal: AbortSignal;
  readonly isAnswered: boolean;
  /** The API server has answered, be it to refuse. */
  answered(): void;
  /** The connection is over; may be said again. */
  end(): void;
  /** Where there was no answer: waits so many milliseconds, or until the server is back. */
  wait(ms: number): Promise<void>;
}

interface Try {
  readonly startedAt: number;
  readonly giveUp: () => void;
}

/**
 * What the reflectors of one API server know together of whether it can be reached.
 *
 * While it is away each of them backs off. Alone, each would learn that it is back only at the end of a wait that the
 * outage has grown. So while nobody has a connection, one of them is sent ahead every second, in turn; and as soon as
 * one was answered, all others try at once: those that wait, and those whose tries hang in a network that was cut.
 */
export class Contact {
  readonly #timing: Timing;
  readonly #closed = new AbortController();
  /** What wakes those that wait; who has waited longest comes first. */
  readonly #waiting = new Set<() => void>();
  readonly #unanswered = new Set<Try>();
  #open = 0;
  #isLost = false;
  /** How often the server came back. */
  #returns = 0;
  #isScouting = false;

  constructor(timing: Timing) {
    this.#timing = timing;
  }

  begin(outer: AbortSignal): Attempt {
    const returns = this.#returns;
    const controller = new AbortController();
    const follow = () => controller.abort(outer.reason);
    if (outer.aborted) follow();
    outer.addEventListener('abort', follow, { once: true });
    const unanswered: Try = {
      startedAt: this.#timing.now(),
      giveUp: () => controller.abort(new ApiError('kubernetes-cut', 'no answer for a while')),
    };
    this.#unanswered.add(unanswered);
    let isAnswered = false;
    let isOver = false;
    return {
      signal: controller.signal,
      get isAnswered() {
        return isAnswered;
      },
      answered: () => {
        if (isAnswered || isOver) return;
        isAnswered = true;
        this.#open++;
        this.#unanswered.delete(unanswered);
        this.#noteReturn();
      },
      end: () => {
        if (isOver) return;
        isOver = true;
        outer.removeEventListener('abort', follow);
        this.#unanswered.delete(unanswered);
        if (isAnswered) this.#open--;
      },
      wait: async (ms) => {
        // Whoever began before the server was back may try again now.
        if (returns === this.#returns) await this.#wait(ms, outer);
      },
    };
  }

  close(): void {
    this.#closed.abort();
  }

  async #wait(ms: number, signal: AbortSignal): Promise<void> {
    this.#isLost = true;
    const woken = new AbortController();
    const wake = () => {
      this.#waiting.delete(wake);
      woken.abort();
    };
    signal.addEventListener('abort', wake, { once: true });
    this.#waiting.add(wake);
    void this.#scout();
    await this.#timing.delay(ms, woken.signal).catch(() => undefined);
    this.#waiting.delete(wake);
    signal.removeEventListener('abort', wake);
  }

  #noteReturn(): void {
    if (!this.#isLost) return;
    this.#isLost = false;
    this.#returns++;
    for (const wake of [...this.#waiting]) wake();
    for (const unanswered of this.#unanswered) void this.#giveUpHanging(unanswered);
  }

  /** What was sent before the server was back may have been lost on the way: nothing would ever answer it. */
  async #giveUpHanging(unanswered: Try): Promise<void> {
    const { now, delay, hungMs } = this.#timing;
    const left = Math.max(0, unanswered.startedAt + hungMs - now());
    await delay(left, this.#closed.signal).catch(() => undefined);
    if (this.#unanswered.has(unanswered)) unanswered.giveUp();
  }

  async #scout(): Promise<void> {
    if (this.#isScouting) return;
    this.#isScouting = true;
    const { delay, random, scoutMs } = this.#timing;
    while (this.#waiting.size > 0) {
      // Jitter, so that the replicas of a service do not knock together.
      await delay(scoutMs * (0.5 + random() / 2), this.#closed.signal).catch(() => undefined);
      const [first] = this.#waiting;
      if (this.#open === 0) first?.();
    }
    this.#isScouting = false;
  }
}
