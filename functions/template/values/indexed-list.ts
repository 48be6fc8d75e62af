import type { FieldPath } from './field-path.ts';
import {
  FieldIndex,
  type Items,
  keyOfValues,
  type ListChange,
  NO_ITEMS,
  type OrderOf,
} from './index-of-field.ts';

interface Facts {
  readonly orderOf: OrderOf;
  readonly indexes: Map<string, FieldIndex>;
}

/** A list is one of JavaScript's, so that all that templates do with lists they do with it; this is what else it has. */
const known = new WeakMap<Items, Facts>();

function remember(items: object[], facts: Facts): Items {
  const list = Object.freeze(items);
  known.set(list, facts);
  return list;
}

/**
 * A list of the snapshot whose items can be found by their fields. Indexes are made as they are asked for.
 *
 * @param items sorted by `orderOf`; the list itself afterwards
 */
export const indexedList = (items: object[], orderOf: OrderOf): Items =>
  remember(items, { orderOf, indexes: new Map() });

/** The list after a change, with the indexes that the one before it has: they cost what has changed. */
export function changedList(before: Items, items: object[], change: ListChange): Items {
  const facts = known.get(before);
  if (facts === undefined) throw new Error('the list before is not indexed');
  const indexes = new Map<string, FieldIndex>();
  for (const [name, index] of facts.indexes) indexes.set(name, index.after(change, facts.orderOf));
  return remember(items, { orderOf: facts.orderOf, indexes });
}

export const isIndexed = (list: unknown): list is Items => known.has(list as Items);

/** Fields, and what they are to be. */
export interface Wanted {
  readonly paths: readonly FieldPath[];
  readonly key: unknown;
  /** The paths as one text. */
  readonly name: string;
}

export function wantedOf(paths: readonly FieldPath[], values: readonly unknown[]): Wanted {
  return { paths, key: keyOfValues(values), name: JSON.stringify(paths) };
}

/** The items with these values, in order; they can be searched in turn. */
export function findIn(list: Items, { paths, key, name }: Wanted): Items {
  const facts = known.get(list);
  if (facts === undefined || key === undefined) return NO_ITEMS;
  const index = facts.indexes.get(name) ?? FieldIndex.of(list, paths);
  facts.indexes.set(name, index);
  const found = index.get(key);
  if (found.length > 0 && !known.has(found))
    known.set(found, { orderOf: facts.orderOf, indexes: new Map() });
  return found;
}
