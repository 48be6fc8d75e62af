import { isPlainObject, mappingEntries, mappingGet } from '../values/classes/dict.ts';

/** A dict as JSON makes it: a plain object, or a Map where that would not keep the order of the keys. */
export type JsonObject = ReadonlyMap<string, unknown> | Readonly<Record<string, unknown>>;

export const isJsonObject = (value: unknown): value is JsonObject =>
  isPlainObject(value) || value instanceof Map;

/** The pairs of a dict of JSON, in its order. */
export const entriesOf = (mapping: JsonObject): readonly (readonly [string, unknown])[] =>
  mappingEntries(mapping) as readonly (readonly [string, unknown])[];

/** A member of a dict of JSON; undefined where the value is no dict, or has no such member. */
export const memberOf = (value: unknown, key: string): unknown =>
  isJsonObject(value) ? mappingGet(value, key) : undefined;

/** Keys that JavaScript's objects put first, in numeric order, whatever the order that they were set in. */
const NUMERIC = /^(?:0|[1-9]\d*)$/;

/** Whether a plain object keeps keys in the order in which they are set, and as its own. */
export function keepsOrder(keys: Iterable<string>): boolean {
  for (const key of keys) if (NUMERIC.test(key) || key === '__proto__') return false;
  return true;
}

/**
 * A dict of JSON: a plain object where that keeps the order of the keys, else a Map.
 *
 * @param entries not to be changed afterwards
 */
export const objectOf = (entries: ReadonlyMap<string, unknown>): JsonObject =>
  keepsOrder(entries.keys()) ? Object.fromEntries(entries) : entries;

/** A dict with the members of another set in it, in the order of Python's `{**first, **second}`. */
export function merged(first: JsonObject, second: JsonObject): JsonObject {
  if (first instanceof Map || second instanceof Map)
    return new Map([...entriesOf(first), ...entriesOf(second)]);
  return { ...first, ...second };
}

/** A dict without one of its members. */
export function without(mapping: JsonObject, key: string): JsonObject {
  if (memberOf(mapping, key) === undefined) return mapping;
  return objectOf(new Map(entriesOf(mapping).filter(([name]) => name !== key)));
}
