import type { MapEntry } from '../config/map-file.ts';

/** A change of a map in force that no request can see half done in a way that matters. */
export type MapChange =
  | { readonly kind: 'add'; readonly added: readonly MapEntry[] }
  | { readonly kind: 'remove'; readonly removed: readonly string[] }
  | { readonly kind: 'set'; readonly entry: MapEntry };

/** Beyond these, of a map and in all, a new version is as cheap. */
const MAX_SHARE = 0.1;
const MAX_ENTRIES = 1_000;

type Values = ReadonlyMap<string, string>;

/** Undefined where a key stands twice: the first one counts, and which that is hangs on the order. */
function valuesOf(entries: readonly MapEntry[]): Values | undefined {
  const values = new Map(entries.map(({ key, value }) => [key, value]));
  return values.size === entries.length ? values : undefined;
}

const isSameOrder = (entries: readonly MapEntry[], others: readonly MapEntry[]) =>
  entries.length === others.length && entries.every(({ key }, i) => key === others[i]?.key);

/** What a command can name: `#` begins a reference instead of a key, and there are no quotes. */
const isCommandable = (text: string) => !/^#|[;"']|<</.test(text);

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
  if (count === 0 || count > Math.min(MAX_ENTRIES, now.length * MAX_SHARE)) return undefined;
  const stayed = old.filter(({ key }) => after.has(key));
  if (byOrder && !isSameOrder([...stayed, ...added], now)) return undefined;
  if (count === added.length) return { kind: 'add', added };
  if (count === removed.length && removed.every(isCommandable)) return { kind: 'remove', removed };
  const [entry] = changed;
  if (count !== 1 || entry === undefined) return undefined;
  return isCommandable(entry.key) && isCommandable(entry.value)
    ? { kind: 'set', entry }
    : undefined;
}
