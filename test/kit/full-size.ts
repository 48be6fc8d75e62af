/**
 * Tests of many random or made-up cases run a part of them in `npm test`, and all of them in
 * `test/long/full-size.long.ts`, which sets FULL_SIZE.
 */
const isFullSize = process.env.FULL_SIZE === 'yes';

/** How many cases to run: the first `some` of them in `npm test`. */
export const upTo = (some: number, all: number): number => (isFullSize ? all : some);

/** One of `each` cases, from the `first` on; all of them at full size. */
export function oneOf<T>(each: number, cases: readonly T[], first = 0): readonly T[] {
  return isFullSize ? cases : cases.filter((_, at) => at % each === first % each);
}
