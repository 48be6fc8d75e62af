/** A generator of pseudo-random numbers (mulberry32), so that a seed tells a whole run. */
export interface Random {
  /** From 0 up to, not including, `limit`. */
  below(limit: number): number;
  chance(probability: number): boolean;
  pick<T>(values: readonly T[]): T;
  /** A random part, in random order. */
  some<T>(values: readonly T[], atLeast?: number): readonly T[];
}

export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
  const below = (limit: number) => Math.floor(next() * limit);
  return {
    below,
    chance: (probability) => next() < probability,
    pick: (values) => values[below(values.length)] as (typeof values)[number],
    some: (values, atLeast = 0) => {
      const rest = [...values];
      const count = atLeast + below(values.length - atLeast + 1);
      return Array.from(
        { length: count },
        () => rest.splice(below(rest.length), 1)[0] as (typeof values)[number],
      );
    },
  };
}
