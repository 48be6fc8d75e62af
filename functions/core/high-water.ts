/** How many servers there were, and after how many changes of the fleet. */
export interface Mark {
  readonly count: number;
  readonly changes: number;
}

interface Held extends Mark {
  /** When there were fewer, for the first time. */
  fellAt: number;
}

/** The most that there were at any time within a window that ends now. Costs of a count do not grow with the window. */
export interface HighWater {
  /** There are so many now. Of equal ones the later counts. */
  note(mark: Mark, at: number): void;
  /** Undefined before the first. */
  highest(at: number): Mark | undefined;
  /** Forgets all that was. */
  reset(): void;
}

/** @param windowMs in milliseconds, as are all times here */
export function createHighWater(windowMs: number): HighWater {
  /** Each lower than the one before it. */
  const marks: Held[] = [];

  return {
    note(mark, at) {
      while ((marks.at(-1)?.count ?? Number.POSITIVE_INFINITY) <= mark.count) marks.pop();
      const last = marks.at(-1);
      if (last?.fellAt === Number.POSITIVE_INFINITY) last.fellAt = at;
      marks.push({ ...mark, fellAt: Number.POSITIVE_INFINITY });
    },
    highest(at) {
      while ((marks[0]?.fellAt ?? Number.POSITIVE_INFINITY) < at - windowMs) marks.shift();
      return marks[0];
    },
    reset() {
      marks.length = 0;
    },
  };
}
