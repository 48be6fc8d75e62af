import { type AsOf, compareVersions, mergeAsOf } from '../functions/wire/as-of.ts';

/**
 * The position that this reloader has seen, echoed so that no replica that lags takes it back; forgotten, so that
 * traffic is not stuck on old configuration, when every replica has refused it for two minutes: after a restore of
 * the cluster's store the positions there are lower than before.
 */
export interface Guard {
  position(): AsOf;
  /** Takes the position of an answer. Whether `lo` of any collection moved, which is what must be remembered. */
  take(asOf: AsOf): boolean;
  /** A replica refused. Whether the guard was dropped. */
  refuse(): boolean;
}

const PATIENCE_MS = 120_000;

export function createGuard(start: AsOf, now: () => number): Guard {
  let asOf = start;
  let refusedSince: number | undefined;
  return {
    position: () => asOf,
    take(seen) {
      refusedSince = undefined;
      const merged = mergeAsOf(asOf, seen);
      const moved = Object.entries(merged).some(
        ([collection, { lo }]) => compareVersions(lo, asOf[collection]?.lo ?? '') > 0,
      );
      asOf = merged;
      return moved;
    },
    refuse() {
      if (Object.keys(asOf).length === 0) return false;
      refusedSince ??= now();
      if (now() - refusedSince < PATIENCE_MS) return false;
      asOf = {};
      refusedSince = undefined;
      return true;
    },
  };
}
