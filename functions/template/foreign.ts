import { noteForeignKeys } from './values/dict.ts';
import { foreign } from './values/foreign.ts';
import { isPlainObject } from './values/index.ts';

/** How each text becomes another: `foreign`, or one that tells another origin. */
export type Recode = (text: string) => string;

function recodeEntries(
  entries: Iterable<readonly [string, unknown]>,
  recode: Recode,
): { readonly entries: Array<readonly [string, unknown]>; readonly hasForeignKey: boolean } {
  let hasForeignKey = false;
  const made = Array.from(entries, ([key, value]) => {
    const name = recode(key);
    hasForeignKey ||= name !== key;
    return [name, foreignValue(value, recode)] as const;
  });
  return { entries: made, hasForeignKey };
}

function foreignMap(entries: Array<readonly [string, unknown]>): ReadonlyMap<string, unknown> {
  const map = new Map(entries);
  noteForeignKeys(map);
  return map;
}

/**
 * A value as JSON makes it, with the special characters of all its texts foreign. A dict of which a key has some becomes
 * a Map; what has none stays the same object.
 */
export function foreignValue(value: unknown, recode: Recode = foreign): unknown {
  if (typeof value === 'string') return recode(value);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => foreignValue(item, recode));
  if (value instanceof Map) {
    const { entries, hasForeignKey } = recodeEntries(value, recode);
    return hasForeignKey ? foreignMap(entries) : new Map(entries);
  }
  if (!isPlainObject(value)) return value;
  const { entries, hasForeignKey } = recodeEntries(Object.entries(value), recode);
  return hasForeignKey ? foreignMap(entries) : Object.fromEntries(entries);
}
