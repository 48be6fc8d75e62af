import type { Counters } from './counters.ts';
import type { Watched } from './watch-note.ts';
import { isSameWorker } from './window.ts';

/** How often HAProxy has ended unasked, or ran out of memory, while it ran a revision. */
export interface Ends {
  /** A revision runs here. Where it is another one than before, nothing has happened with it yet. */
  begin(revision: string): void;
  /** Evidence is not wanted any more. */
  forget(): void;
  /** Goes on from what an earlier reloader knew. */
  restore(watched: Watched): void;
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

export interface EndsOptions {
  /**
   * Whether another worker, of which nothing is known here, came by a reload; else HAProxy has ended, and was started by
   * somebody else.
   */
  readonly wasReloaded: () => Promise<boolean>;
  /** Something has changed; undefined where nothing is watched any more. */
  readonly onChange: (watched: Watched | undefined) => void;
}

export function createEnds({ wasReloaded, onChange }: EndsOptions): Ends {
  let of: string | undefined;
  let deaths = 0;
  let outOfMemory = 0;
  let tellsDeaths = 0;
  let last: Counters | undefined;
  let isExpected = false;
  const changed = () =>
    onChange(of === undefined ? undefined : { revision: of, deaths, outOfMemory });
  const reset = (revision: string | undefined) => {
    if (revision === of) return;
    of = revision;
    deaths = 0;
    outOfMemory = 0;
    tellsDeaths = 0;
    changed();
  };
  const count = (more: { readonly deaths: number; readonly outOfMemory: number }) => {
    if (more.deaths + more.outOfMemory === 0) return;
    deaths += more.deaths;
    outOfMemory += more.outOfMemory;
    changed();
  };
  return {
    begin: reset,
    forget() {
      reset(undefined);
      last = undefined;
    },
    restore(watched) {
      reset(watched.revision);
      count(watched);
    },
    died: ({ isOutOfMemory }) => count({ deaths: 1, outOfMemory: isOutOfMemory ? 1 : 0 }),
    expect() {
      isExpected = true;
    },
    async see(counters) {
      const isSame = last !== undefined && isSameWorker(last, counters);
      const failedBefore = isSame ? (last?.failedAllocations ?? 0) : 0;
      const { failedAllocations = failedBefore } = counters;
      const isStrange = last !== undefined && !isSame && !isExpected;
      const isDead = isStrange && !(await wasReloaded());
      const isShort = last !== undefined && failedAllocations > failedBefore;
      count({ deaths: isDead ? 1 : 0, outOfMemory: isShort ? 1 : 0 });
      if (!isSame) isExpected = false;
      last = { ...counters, failedAllocations };
    },
    isNews: () => deaths + outOfMemory > tellsDeaths,
    told() {
      tellsDeaths = deaths + outOfMemory;
      return { deaths, outOfMemory };
    },
  };
}
