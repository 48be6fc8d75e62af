/** A clock of its own, that goes on when it is told to: an outage of minutes takes milliseconds. */
export interface IdleClock {
  readonly now: () => number;
  readonly delay: (ms: number, signal: AbortSignal) => Promise<void>;
  /** How many wait. */
  sleepers(): number;
  /** Goes on to when the next one wakes, or to a time before. */
  step(most?: number): void;
}

export function createIdleClock(): IdleClock {
  const waiting = new Set<{ readonly at: number; readonly wake: () => void }>();
  let time = 0;
  return {
    now: () => time,
    delay: (ms, signal) =>
      new Promise((resolve, reject) => {
        const entry = { at: time + ms, wake: resolve };
        waiting.add(entry);
        const leave = () => {
          waiting.delete(entry);
          reject(signal.reason);
        };
        if (signal.aborted) leave();
        signal.addEventListener('abort', leave, { once: true });
      }),
    sleepers: () => waiting.size,
    step(most = Number.POSITIVE_INFINITY) {
      time = Math.min(most, ...[...waiting].map(({ at }) => at));
      for (const entry of [...waiting]) {
        if (entry.at > time) continue;
        waiting.delete(entry);
        entry.wake();
      }
    },
  };
}
