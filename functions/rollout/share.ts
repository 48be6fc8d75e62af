import { incompleteBeta } from './incomplete-beta.ts';

/** So many of so many: whole numbers, the first no more than the second. */
export interface Share {
  readonly bad: number;
  readonly of: number;
}

/** More say no more than these, and take longer to reckon with. */
const MOST = 1_000_000;
const STEPS = 40;

function bounded({ bad, of }: Share): Share {
  if (of <= MOST) return { bad: Math.min(bad, of), of };
  return { bad: Math.round((Math.min(bad, of) * MOST) / of), of: MOST };
}

/** Where a function that grows from 0 to 1 comes to `level`, from below. */
function findLevel(grows: (x: number) => number, level: number): readonly [number, number] {
  let [low, high] = [0, 1];
  for (let step = 0; step < STEPS; step++) {
    const middle = (low + high) / 2;
    if (grows(middle) < level) low = middle;
    else high = middle;
  }
  return [low, high];
}

/**
 * The least share that things may truly have, of which these were seen: a lower one would have shown as many bad ones
 * less often than `chance`. Exact for any number (C. J. Clopper and E. S. Pearson, Biometrika 26, 1934).
 */
export function leastShare(seen: Share, chance: number): number {
  const { bad, of } = bounded(seen);
  if (bad === 0) return 0;
  return findLevel((share) => incompleteBeta(share, bad, of - bad + 1), chance)[0];
}

/** The largest share that they may truly have, in the same sense. */
export function largestShare(seen: Share, chance: number): number {
  const { bad, of } = bounded(seen);
  if (bad >= of) return 1;
  return findLevel((share) => incompleteBeta(share, bad + 1, of - bad), 1 - chance)[1];
}

export const shareOf = ({ bad, of }: Share): number => (of === 0 ? 0 : Math.min(1, bad / of));

/** For people: `0.24%`. */
export function formatShare(share: number): string {
  const percent = share * 100;
  const digits = percent === 0 || percent >= 10 ? 0 : percent >= 1 ? 1 : 2;
  return percent > 0 && percent < 0.005 ? 'under 0.01%' : `${percent.toFixed(digits)}%`;
}
