/** Something that takes a look, at a price. */
export interface Priced {
  readonly file: string;
  readonly cost: number;
}

/** Goes round many things, a few at a time, so that looking at them all costs little at any one time. */
export interface Round {
  /** The next ones, as many as have become affordable. */
  take<T extends Priced>(all: readonly T[]): readonly T[];
}

function createQueue(allowance: number): Round {
  let saved = 0;
  let last = '';
  const byFile = (a: Priced, b: Priced) => (a.file < b.file ? -1 : 1);
  return {
    take(all) {
      const sorted = all.toSorted(byFile);
      const start = sorted.findIndex(({ file }) => file > last);
      const order = start === -1 ? sorted : [...sorted.slice(start), ...sorted.slice(0, start)];
      saved += allowance;
      const taken: typeof sorted = [];
      for (const each of order) {
        if (each.cost > saved) return taken;
        saved -= each.cost;
        last = each.file;
        taken.push(each);
      }
      // All of them: nothing to save for.
      saved = 0;
      return taken;
    },
  };
}

/**
 * @param allowance what may be spent each time; for what is dearer the same is saved each time, so that the others do
 *   not wait for it
 */
export function createRound(allowance: number): Round {
  const [cheap, dear] = [createQueue(allowance), createQueue(allowance)];
  return {
    take: (all) => [
      ...cheap.take(all.filter(({ cost }) => cost <= allowance)),
      ...dear.take(all.filter(({ cost }) => cost > allowance)),
    ],
  };
}
