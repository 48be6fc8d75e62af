type Numbers = Readonly<Record<string, number>>;

/** A worker at a time. */
export interface Point<Counted extends Numbers> {
  readonly worker: WorkerMark;
  readonly counted: Counted;
}

/** Which process it is, and for how long it has run. */
export interface WorkerMark {
  readonly pid: number;
  readonly uptimeS: number;
}

/** A worker and its master count from different moments, in whole seconds. */
const UPTIME_APART_S = 2;

/** Whether a worker that is seen is the one that was seen before: a container's next one may have the same number. */
export const isSameWorker = (before: WorkerMark, now: WorkerMark): boolean =>
  before.pid === now.pid && before.uptimeS <= now.uptimeS + UPTIME_APART_S;

/** Numbers that only grow, over a time in which workers come and go. */
export interface Window<Counted extends Numbers> {
  /** Takes what a worker has counted by now: what it was before was of the same one, or it began at zero. */
  add(point: Point<Counted>): void;
  readonly sum: Counted;
  readonly sinceAt: number;
}

/**
 * A window begins with what a worker has counted already. Another worker's counters, and those that somebody cleared,
 * began at zero in the window.
 */
export function openWindow<Counted extends Numbers>(
  first: Point<Counted>,
  sinceAt: number,
): Window<Counted> {
  let last = first;
  let sum = Object.fromEntries(Object.keys(first.counted).map((name) => [name, 0])) as Counted;
  return {
    get sum() {
      return sum;
    },
    sinceAt,
    add(point) {
      const isSame = isSameWorker(last.worker, point.worker);
      const grown = Object.entries(point.counted).map(([name, value]): [string, number] => {
        const before = isSame ? (last.counted[name] ?? 0) : 0;
        return [name, (sum[name] ?? 0) + (value >= before ? value - before : value)];
      });
      sum = Object.fromEntries(grown) as Counted;
      last = point;
    },
  };
}
