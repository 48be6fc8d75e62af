/** Time that is made up: what is to happen happens one after the other, without a wait. */
export interface Timeline {
  /** In milliseconds. */
  now(): number;
  /** Does something after so many milliseconds. */
  after(ms: number, act: () => void): void;
  /** Does something every so many milliseconds, until the function that it gives is called. */
  every(ms: number, act: () => void): () => void;
  /** Something has begun, or ended, that others wait for by a promise. */
  promise(): void;
  /** Lets time pass until this is so; throws where it is not within so many milliseconds. */
  until(what: string, isSo: () => boolean, mostMs: number): Promise<void>;
}

interface Due {
  readonly at: number;
  readonly number: number;
  readonly act: () => void;
}

const isBefore = (a: Due, b: Due) => a.at < b.at || (a.at === b.at && a.number < b.number);

/** What is due first comes first. */
function createAgenda() {
  const heap: Due[] = [];
  const swap = (i: number, j: number) => {
    [heap[i], heap[j]] = [heap[j] as Due, heap[i] as Due];
  };
  const isLess = (i: number, j: number) =>
    i < heap.length && j < heap.length && isBefore(heap[i] as Due, heap[j] as Due);
  return {
    push(due: Due): void {
      let i = heap.push(due) - 1;
      for (let up = (i - 1) >> 1; i > 0 && isLess(i, up); i = up, up = (i - 1) >> 1) swap(i, up);
    },
    shift(): Due | undefined {
      const [first] = heap;
      const last = heap.pop();
      if (last === undefined || heap.length === 0) return first;
      heap[0] = last;
      for (let i = 0; ; ) {
        const [left, right] = [2 * i + 1, 2 * i + 2];
        const least = isLess(right, left) ? right : left;
        if (!isLess(least, i)) return first;
        swap(i, least);
        i = least;
      }
    },
  };
}

export function createTimeline(): Timeline {
  const agenda = createAgenda();
  let now = 0;
  let number = 0;
  let hasPromises = false;

  function after(ms: number, act: () => void): void {
    number += 1;
    agenda.push({ at: now + ms, number, act });
  }
  async function step(): Promise<void> {
    const due = agenda.shift();
    if (!due) throw new Error('nothing is going to happen any more');
    now = Math.max(now, due.at);
    due.act();
    while (hasPromises) {
      hasPromises = false;
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
  return {
    now: () => now,
    after,
    every(ms, act) {
      let isOver = false;
      const again = () => {
        if (isOver) return;
        act();
        after(ms, again);
      };
      after(ms, again);
      return () => {
        isOver = true;
      };
    },
    promise() {
      hasPromises = true;
    },
    async until(what, isSo, mostMs) {
      const end = now + mostMs;
      while (!isSo()) {
        if (now > end) throw new Error(`not within ${mostMs / 1000} s: ${what}`);
        await step();
      }
    },
  };
}
