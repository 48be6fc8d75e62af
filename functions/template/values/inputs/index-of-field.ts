import { hashKey, isMapping } from '../classes/dict.ts';
import { type FieldPath, valuesAt } from './field-path.ts';

/** Where an item stands among the others: a text that sorts. */
export type OrderOf = (item: object) => string;
export type Items = readonly object[];

/** What of an index has changed since it was built is kept apart, and merged once it is so much. */
const MOST_CHANGED = 512;
export const NO_ITEMS: Items = Object.freeze([]);

const isHashable = (value: unknown): boolean => !Array.isArray(value) && !isMapping(value);

function joined(keys: readonly unknown[]): unknown {
  if (keys.length === 1) return keys[0];
  return keys.map((key) => `${typeof key}${String(key).length}:${String(key)}`).join();
}

/** The key of values, as an index has it; undefined for what can be no key. */
export function keyOfValues(values: readonly unknown[]): unknown {
  return values.every(isHashable) ? joined(values.map(hashKey)) : undefined;
}

/** All keys of an item: each combination, where a path gives several values. */
function keysOf(item: object, paths: readonly FieldPath[]): ReadonlySet<unknown> {
  let keys: readonly (readonly unknown[])[] = [[]];
  for (const path of paths) {
    const values = valuesAt(item, path).filter(isHashable).map(hashKey);
    keys = keys.flatMap((before) => values.map((value) => [...before, value]));
  }
  return new Set(keys.map(joined));
}

/** The items of one key, for as long as they are the same. */
export interface Bucket {
  readonly items: Items;
  /** Whether in a list that came after there are others. */
  isOld: boolean;
}

const sameItems = (a: Items, b: Items): boolean =>
  a.length === b.length && a.every((item, i) => item === b[i]);

/** The items of a list by the values of some of their fields. It never changes: what comes after it is another. */
export class FieldIndex {
  private readonly paths: readonly FieldPath[];
  private readonly base: ReadonlyMap<unknown, Bucket>;
  private readonly changed: ReadonlyMap<unknown, Bucket>;

  private constructor(
    paths: readonly FieldPath[],
    base: ReadonlyMap<unknown, Bucket>,
    changed: ReadonlyMap<unknown, Bucket> = new Map(),
  ) {
    this.paths = paths;
    this.base = base;
    this.changed = changed;
  }

  static of(items: Items, paths: readonly FieldPath[]): FieldIndex {
    const found = new Map<unknown, object[]>();
    for (const item of items) {
      for (const key of keysOf(item, paths)) {
        const same = found.get(key);
        if (same === undefined) found.set(key, [item]);
        else same.push(item);
      }
    }
    const buckets = new Map<unknown, Bucket>();
    for (const [key, same] of found) buckets.set(key, { items: Object.freeze(same), isOld: false });
    return new FieldIndex(paths, buckets);
  }

  /** The items in their order; undefined where there never were any. */
  get(key: unknown): Bucket | undefined {
    return this.changed.get(key) ?? this.base.get(key);
  }

  /** The index after a change. */
  after(change: ListChange, orderOf: OrderOf): FieldIndex {
    const removed = new Set(change.removed);
    const added = new Map<unknown, object[]>();
    for (const item of change.added)
      for (const key of keysOf(item, this.paths)) added.set(key, [...(added.get(key) ?? []), item]);
    const keys = new Set(added.keys());
    for (const item of removed) for (const key of keysOf(item, this.paths)) keys.add(key);
    const changed = new Map(this.changed);
    for (const key of keys) {
      const bucket = this.get(key);
      const before = bucket?.items ?? NO_ITEMS;
      const rest = before.filter((item) => !removed.has(item));
      const now = [...rest, ...(added.get(key) ?? [])].sort((a, b) =>
        orderOf(a) < orderOf(b) ? -1 : 1,
      );
      if (sameItems(before, now)) continue;
      changed.set(key, { items: Object.freeze(now), isOld: false });
      if (bucket) bucket.isOld = true;
    }
    if (changed.size < MOST_CHANGED) return new FieldIndex(this.paths, this.base, changed);
    const all = new Map([...this.base, ...changed]);
    for (const [key, bucket] of changed) {
      if (bucket.items.length > 0) continue;
      // Whoever knows it looks the key up again.
      bucket.isOld = true;
      all.delete(key);
    }
    return new FieldIndex(this.paths, all);
  }
}

/** What differs between two lists. */
export interface ListChange {
  readonly removed: Items;
  readonly added: Items;
}
