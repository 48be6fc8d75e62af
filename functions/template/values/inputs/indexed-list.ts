import type { FieldPath } from './field-path.ts';
import {
  type Bucket,
  FieldIndex,
  type Items,
  keyOfValues,
  type ListChange,
  NO_ITEMS,
  type OrderOf,
} from './index-of-field.ts';

/** What lists have in common that came one after the other. */
export type Lineage = object;

interface Facts {
  readonly orderOf: OrderOf;
  readonly lineage: Lineage;
  readonly indexes: Map<string, FieldIndex>;
}

/** Of what was found by fields: it is searched in turn. */
const factsOfFound = (orderOf: OrderOf): Facts => ({ orderOf, lineage: {}, indexes: new Map() });

/** A list is one of JavaScript's, so that all that templates do with lists they do with it; this is what else it has. */
const known = new WeakMap<Items, Facts>([[NO_ITEMS, factsOfFound(() => '')]]);

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
  remember(items, { orderOf, lineage: {}, indexes: new Map() });

export const lineageOf = (list: Items): Lineage | undefined => known.get(list)?.lineage;

/**
 * The list after a change, with the indexes that the one before it has: they cost what has changed.
 *
 * @param change `isAside`: more lists come after the one before
 */
export function changedList(
  before: Items,
  items: object[],
  change: ListChange & { readonly isAside?: boolean },
): Items {
  const facts = known.get(before);
  if (facts === undefined) throw new Error('the list before is not indexed');
  const indexes = new Map<string, FieldIndex>();
  for (const [name, index] of facts.indexes) indexes.set(name, index.after(change, facts.orderOf));
  const lineage = change.isAside ? {} : facts.lineage;
  return remember(items, { orderOf: facts.orderOf, lineage, indexes });
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

/** The items with these values, in order; undefined where there never were any. */
export function findBucket(list: Items, { paths, key, name }: Wanted): Bucket | undefined {
  const facts = known.get(list);
  if (facts === undefined || key === undefined) return undefined;
  const index = facts.indexes.get(name) ?? FieldIndex.of(list, paths);
  facts.indexes.set(name, index);
  const found = index.get(key);
  if (found && !known.has(found.items)) known.set(found.items, factsOfFound(facts.orderOf));
  return found;
}

/** The same as a list, which can be searched in turn. */
export const findIn = (list: Items, wanted: Wanted): Items =>
  findBucket(list, wanted)?.items ?? NO_ITEMS;
