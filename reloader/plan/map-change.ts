import type { MapEntry } from '../config/map-file.ts';
import { isNameable, isSmallChange } from './small-change.ts';

/** A change of a map in force that no request can see half done in a way that matters. */
export type MapChange =
  | { readonly kind: 'add'; readonly added: readonly MapEntry[] }
  | { readonly kind: 'remove'; readonly removed: readonly string[] }
  | { readonly kind: 'set'; readonly entry: MapEntry };

type Values = ReadonlyMap<string, string>;

/** Undefined where a key stands twice: the first one counts, and which that is hangs on the order. */
function valuesOf(entries: readonly MapEntry[]): Values | undefined {
  const values = new Map(entries.map(({ key, value }) => [key, value]));
  return values.size === entries.length ? values : undefined;
}

const isSameOrder = (entries: readonly MapEntry[], others: readonly MapEntry[]) =>
  entries.length === others.length && entries.every(({ key }, i) => key === others[i]?.key);

/**
 * The change between two contents of a map, where it need not be replaced as a whole: entries that come, or entries
 * that go, each of which might as well have come or gone alone, or one other value.
 *
 * @param byOrder whether the order of entries decides which of them answers
 */
export function findMapChange(
  old: readonly MapEntry[],
  now: readonly MapEntry[],
  byOrder: boolean,
): MapChange | undefined {
  const [before, after] = [valuesOf(old), valuesOf(now)];
  if (before === undefined || after === undefined) return undefined;
  const added = now.filter(({ key }) => !before.has(key));
  const removed = old.filter(({ key }) => !after.has(key)).map(({ key }) => key);
  const kept = now.filter(({ key }) => before.has(key));
  const changed = kept.filter(({ key, value }) => before.get(key) !== value);
  const count = added.length + removed.length + changed.length;
  if (count === 0 || !isSmallChange(count, now.length)) return undefined;
  const stayed = old.filter(({ key }) => after.has(key));
  if (byOrder && !isSameOrder([...stayed, ...added], now)) return undefined;
  if (count === added.length) return { kind: 'add', added };
  if (count === removed.length && removed.every(isNameable)) return { kind: 'remove', removed };
  const [entry] = changed;
  if (count !== 1 || entry === undefined) return undefined;
  return isNameable(entry.key) ? { kind: 'set', entry } : undefined;
}
