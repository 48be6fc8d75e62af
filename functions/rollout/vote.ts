import type { Tally } from './evidence-summary.ts';
import type { Share } from './share.ts';

/** What one proxy has told in one measure. */
export interface Vote {
  readonly share: Share;
  /** So many bad ones are no more than was to be expected. */
  readonly expected: number;
}

/** A proxy weighs so many times as much as the one in the middle, and no more. */
const MOST_WEIGHT = 3;

/** How much the one in the middle has told. */
function middle(votes: readonly Vote[]): number {
  const sizes = votes.map(({ share }) => share.of).sort((a, b) => a - b);
  return sizes[Math.floor((sizes.length - 1) / 2)] ?? 0;
}

/** Adds up what proxies have told, none of them with more than its weight. */
export function tally(votes: readonly Vote[]): Tally {
  const most = MOST_WEIGHT * middle(votes);
  const weighed = votes.map(({ share: { bad, of } }) =>
    of <= most ? { bad, of } : { bad: Math.round((bad * most) / of), of: most },
  );
  return {
    bad: weighed.reduce((sum, { bad }) => sum + bad, 0),
    of: weighed.reduce((sum, { of }) => sum + of, 0),
    proxies: votes.length,
    worse: votes.filter(({ share, expected }) => share.bad > expected).length,
  };
}
