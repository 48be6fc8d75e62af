import { hashKey, isMapping } from './dict.ts';
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

const sameItems = (a: Items, b: Items): boolean =>
  a.length === b.length && a.every((item, i) => item === b[i]);

/** The items of a list by the values of some of their fields. It never changes: what comes after it is another. */
export class FieldIndex {
  private readonly paths: readonly FieldPath[];
  private readonly base: ReadonlyMap<unknown, Items>;
  private readonly changed: ReadonlyMap<unknown, Items>;

  private constructor(
    paths: readonly FieldPath[],
    base: ReadonlyMap<unknown, Items>,
    changed: ReadonlyMap<unknown, Items> = new Map(),
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
    for (const same of found.values()) Object.freeze(same);
    return new FieldIndex(paths, found);
  }

  /** The items in their order: the same list as long as they are the same. */
  get(key: unknown): Items {
    return this.changed.get(key) ?? this.base.get(key) ?? NO_ITEMS;
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
      const before = this.get(key);
      const rest = before.filter((item) => !removed.has(item));
      const now = [...rest, ...(added.get(key) ?? [])].sort((a, b) =>
        orderOf(a) < orderOf(b) ? -1 : 1,
      );
      if (!sameItems(before, now)) changed.set(key, Object.freeze(now));
    }
    if (changed.size < MOST_CHANGED) return new FieldIndex(this.paths, this.base, changed);
    const all = new Map([...this.base, ...changed]);
    for (const [key, items] of changed) if (items.length === 0) all.delete(key);
    return new FieldIndex(this.paths, all);
  }
}

/** What differs between two lists. */
export interface ListChange {
  readonly removed: Items;
  readonly added: Items;
}
