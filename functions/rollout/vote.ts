import type { Measure, Aggregates, Aggregate } from './evidence-summary.ts';
import { type Share, shareOf } from './share.ts';
import { pastOf, type ProxyEvidence } from './proxy-evidence.ts';

/** What one proxy has told in one measure. */
export interface Vote {
  readonly share: Share;
  /** So many bad ones are no more than was to be expected. */
  readonly expected: number;
}

/** What one proxy has to say of a measure, where it has. */
export type Read = (proxy: ProxyEvidence, measure: Measure) => Share | undefined;

/** A proxy weighs so many times as much as the one in the middle, and no more. */
const MOST_WEIGHT = 3;

/** How much the one in the middle has told. */
function middle(votes: readonly Vote[]): number {
  const sizes = votes.map(({ share }) => share.of).sort((a, b) => a - b);
  return sizes[Math.floor((sizes.length - 1) / 2)] ?? 0;
}

/** Adds up what proxies have told, none of them with more than its weight. */
export function aggregate(votes: readonly Vote[]): Aggregate {
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

/**
 * By what it did before, and what those on the stable revision do, which is all there is for one without a past; three
 * standard deviations of chance more, since one failure of few requests is many percent.
 */
export function votesOf(
  proxies: readonly ProxyEvidence[],
  {
    read,
    tolerance,
    stable,
  }: {
    readonly read: Read;
    readonly tolerance: number;
    readonly stable?: Aggregates | undefined;
  },
) {
  return (measure: Measure): readonly Vote[] => {
    const others = stable ? shareOf(stable[measure]) : 0;
    return proxies.flatMap((proxy) => {
      const share = read(proxy, measure);
      if (!share || share.of === 0) return [];
      const before = pastOf(proxy)[measure];
      const usual = Math.max(others, before ? shareOf(before) : 0) + tolerance;
      const mean = usual * share.of;
      return [{ share, expected: measure === 'servers' ? mean : mean + 3 * Math.sqrt(mean) + 1 }];
    });
  };
}
