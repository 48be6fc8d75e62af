/** Runs one thing at a time: the first request at once, those in a burst together, the urgent ones without delay. */
export interface Coalescer {
  request(isUrgent: boolean): void;
  /** No run, urgent or not, begins for so many milliseconds (0: the pause ends now). */
  pause(ms: number): void;
  stop(): void;
}

export interface CoalescerOptions {
  /** How long after a run further requests are gathered, in milliseconds. */
  readonly quietMs: number;
  /** Must not reject. */
  readonly run: () => Promise<void>;
  readonly now?: () => number;
}

/** A coalescer of `run`. */
export function createCoalescer(options: CoalescerOptions): Coalescer {
  const { quietMs, run, now = () => performance.now() } = options;
  let wanted: 'no' | 'soon' | 'now' = 'no';
  let isRunning = false;
  let isStopped = false;
  let quietUntil = 0;
  let pausedUntil = 0;
  let timer: NodeJS.Timeout | undefined;

  async function start(): Promise<void> {
    wanted = 'no';
    isRunning = true;
    await run();
    isRunning = false;
    quietUntil = now() + quietMs;
    schedule();
  }

  function schedule(): void {
    clearTimeout(timer);
    if (isRunning || isStopped || wanted === 'no') return;
    const due = Math.max(pausedUntil, wanted === 'now' ? 0 : quietUntil);
    const wait = due - now();
    if (wait <= 0) void start();
    else timer = setTimeout(schedule, wait);
  }

  return {
    request(isUrgent) {
      if (wanted !== 'now') wanted = isUrgent ? 'now' : 'soon';
      schedule();
    },
    pause(ms) {
      pausedUntil = now() + ms;
      schedule();
    },
    stop() {
      isStopped = true;
      clearTimeout(timer);
    },
  };
}
