import type { Counters } from './counters.ts';
import { isSameWorker } from './window.ts';

/** How often HAProxy has ended unasked, or ran out of memory, while it ran a revision. */
export interface Ends {
  /** A revision runs here. Where it is another one than before, nothing has happened with it yet. */
  begin(revision: string): void;
  /** Evidence is not wanted any more. */
  forget(): void;
  /** HAProxy has ended, and nobody asked it to. */
  died(how: { readonly isOutOfMemory: boolean }): void;
  /** A reload comes: another worker is no death. */
  expect(): void;
  /** What is running now, as it tells itself. */
  see(counters: Counters): Promise<void>;
  /** Whether there is something that was not told yet. */
  isNews(): boolean;
  /** To be told. */
  told(): { readonly deaths: number; readonly outOfMemory: number };
}

/**
 * @param wasReloaded whether another worker, of which nothing is known here, came by a reload; else HAProxy has ended,
 *   and was started by somebody else
 */
export function createEnds({ wasReloaded }: { wasReloaded(): Promise<boolean> }): Ends {
  let of: string | undefined;
  let deaths = 0;
  let outOfMemory = 0;
  let tellsDeaths = 0;
  let last: Counters | undefined;
  let isExpected = false;
  const reset = (revision: string | undefined) => {
    of = revision;
    deaths = 0;
    outOfMemory = 0;
    tellsDeaths = 0;
  };
  return {
    begin(revision) {
      if (revision !== of) reset(revision);
    },
    forget() {
      reset(undefined);
      last = undefined;
    },
    died({ isOutOfMemory }) {
      deaths += 1;
      if (isOutOfMemory) outOfMemory += 1;
    },
    expect() {
      isExpected = true;
    },
    async see(counters) {
      const isSame = last !== undefined && isSameWorker(last, counters);
      const failedBefore = isSame ? (last?.failedAllocations ?? 0) : 0;
      const isStrange = last !== undefined && !isSame && !isExpected;
      if (isStrange && !(await wasReloaded())) deaths += 1;
      if (last !== undefined && counters.failedAllocations > failedBefore) outOfMemory += 1;
      if (!isSame) isExpected = false;
      last = counters;
    },
    isNews: () => deaths + outOfMemory > tellsDeaths,
    told() {
      tellsDeaths = deaths + outOfMemory;
      return { deaths, outOfMemory };
    },
  };
}
