/** What waits: for a change, and at the latest until it is due. */
export interface Waiter {
  /** On the clock of `performance.now()`. */
  dueAt: number;
}

/** Any number of waiters with one timer, looked at in slices, so that others are answered meanwhile. */
export interface Waiters<W extends Waiter> {
  size(): number;
  all(): readonly W[];
  add(waiter: W): void;
  delete(waiter: W): void;
  /** Has these looked at, else all that wait now; those that have waited longest first. */
  visit(some?: ReadonlySet<W>): void;
}

/** How long, in milliseconds, waiters are looked at in one go. */
const SLICE_MS = 10;
/** Due ones are looked for at most so often, in milliseconds: with thousands, some are due all the time. */
const SWEEP_MS = 50;

/** Waiters; `look` takes one that may have an answer, or is due: it deletes it, or gives it another time. */
export function createWaiters<W extends Waiter>(look: (waiter: W) => void): Waiters<W> {
  const all = new Set<W>();
  let timer: NodeJS.Timeout | undefined;
  let timerAt = Number.POSITIVE_INFINITY;
  let sweptAt = Number.NEGATIVE_INFINITY;

  function visitFrom(waiters: readonly W[], start: number): void {
    const end = performance.now() + SLICE_MS;
    let i = start;
    for (; i < waiters.length && performance.now() < end; i += 1) {
      const waiter = waiters[i];
      if (waiter !== undefined && all.has(waiter)) look(waiter);
    }
    if (i < waiters.length) setImmediate(visitFrom, waiters, i);
  }

  function stopTimer(): void {
    clearTimeout(timer);
    timerAt = Number.POSITIVE_INFINITY;
  }

  function sweep(): void {
    stopTimer();
    sweptAt = performance.now();
    visitFrom(
      [...all].filter(({ dueAt }) => dueAt <= sweptAt),
      0,
    );
    let next = Number.POSITIVE_INFINITY;
    for (const { dueAt } of all) if (dueAt > sweptAt && dueAt < next) next = dueAt;
    if (next < Number.POSITIVE_INFINITY) wakeAt(next);
  }

  function wakeAt(dueAt: number): void {
    const at = Math.max(dueAt, sweptAt + SWEEP_MS);
    if (at >= timerAt) return;
    stopTimer();
    timerAt = at;
    timer = setTimeout(sweep, Math.ceil(at - performance.now()));
  }

  return {
    size: () => all.size,
    all: () => [...all],
    add(waiter) {
      all.add(waiter);
      wakeAt(waiter.dueAt);
    },
    delete(waiter) {
      all.delete(waiter);
      if (all.size === 0) stopTimer();
    },
    visit: (some = all) => visitFrom([...some], 0),
  };
}
