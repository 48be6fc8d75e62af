/**
 * Where in the history of its inputs a bundle stands, so that a proxy that dials another replica never goes back.
 *
 * For each collection (`configmaps/lb`, `pods/shop`): `lo`, the resourceVersion of the last change seen, deletions
 * included, and `hi`, how far the watch is known to have come (events, bookmarks, the list). A replica may answer
 * a poller only where its `hi` has reached the poller's `lo` in every collection that both know.
 *
 * resourceVersions of one resource type are comparable: decimal, without leading zeros, up to 128 bits
 * (Kubernetes KEP-5504): compared by length, then as text, never as numbers.
 */
export interface Position {
  readonly lo: string;
  readonly hi: string;
}
export type AsOf = Readonly<Record<string, Position>>;

/** The header that carries a position to a poller, and back as its echo. */
export const AS_OF_HEADER = 'x-config-as-of';

const ENTRY = /^([a-z0-9.-]+(?:\/[a-z0-9.-]+)?):(0|[1-9][0-9]{0,38})-(0|[1-9][0-9]{0,38})$/;

/** Negative, zero or positive as `a` is before, at or after `b`. */
export function compareVersions(a: string, b: string): number {
  return a.length - b.length || (a < b ? -1 : a > b ? 1 : 0);
}

const later = (a: string, b: string): string => (compareVersions(a, b) >= 0 ? a : b);

/** `configmaps/lb:100-105 pods/shop:200-230`, collections sorted; the empty string where there is no position. */
export function formatAsOf(asOf: AsOf): string {
  return Object.keys(asOf)
    .sort()
    .map((collection) => `${collection}:${asOf[collection]?.lo}-${asOf[collection]?.hi}`)
    .join(' ');
}

/** The position that a header tells, or undefined where it is not one. */
export function parseAsOf(text: string): AsOf | undefined {
  const asOf: Record<string, Position> = Object.create(null);
  for (const entry of text.split(' ').filter(Boolean)) {
    const [, collection, lo, hi] = ENTRY.exec(entry) ?? [];
    if (collection === undefined || lo === undefined || hi === undefined) return undefined;
    asOf[collection] = { lo, hi };
  }
  return asOf;
}

/** The later of two positions, collection by collection: what a poller remembers of all the answers that it took. */
export function mergeAsOf(a: AsOf, b: AsOf): AsOf {
  const merged: Record<string, Position> = Object.assign(Object.create(null), a);
  for (const [collection, position] of Object.entries(b)) {
    const known = merged[collection];
    merged[collection] = known
      ? { lo: later(known.lo, position.lo), hi: later(known.hi, position.hi) }
      : position;
  }
  return merged;
}

/** Whether a replica that stands at `here` has seen everything that the poller at `seen` has. */
export function hasReached(here: AsOf, seen: AsOf): boolean {
  return Object.entries(seen).every(([collection, { lo }]) => {
    const own = here[collection];
    return own === undefined || compareVersions(own.hi, lo) >= 0;
  });
}
