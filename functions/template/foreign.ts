import { type JsonObject, keepsOrder } from './json/object.ts';
import { isPlainObject, noteForeignKeys, noteWordKeys } from './values/classes/dict.ts';
import {
  foreign,
  isForeign,
  isLineWord,
  isSpecial,
  plain,
  recoded,
} from './values/text/foreign.ts';

export {
  DIGITS,
  digitOf,
  foreign,
  foreignPositions,
  isForeign,
  LINE_WORDS,
  meaningAt,
  nextForeign,
  plain,
  recoded,
} from './values/text/foreign.ts';

/** How a text of a value is told to templates. */
type Recode = (text: string) => string;

type Entries = Array<readonly [string, unknown]>;

const wordRecode =
  (recode: Recode): Recode =>
  (key) =>
    isLineWord(key) ? recode(key) : key;

/** Notes which keys of a plain object, none of them special, mean something where they stand first on a line. */
export function noteLineWords(object: object, recode: Recode = foreign): void {
  if (Object.keys(object).some(isLineWord)) noteWordKeys(object, wordRecode(recode));
}

/** A dict of the snapshot whose keys may have foreign characters. */
export function foreignMap(entries: Entries): ReadonlyMap<string, unknown> {
  const map = new Map(entries);
  for (const key of map.keys()) {
    if (!isForeign(key)) continue;
    noteForeignKeys(map);
    break;
  }
  return Object.freeze(map);
}

/** A frozen dict of the snapshot, its keys as templates may get them. */
export function dictOf(entries: Entries, digit = 0): JsonObject {
  const names = entries.map(([key]) => plain(key));
  if (names.some(isSpecial) || !keepsOrder(names)) {
    return foreignMap(entries.map(([, value], i) => [foreign(names[i] as string, digit), value]));
  }
  const object = Object.fromEntries(entries.map(([, value], i) => [names[i] as string, value]));
  noteLineWords(object, (key) => foreign(key, digit));
  return Object.freeze(object);
}

function settleObject(object: Record<string, unknown>): unknown {
  const keys = Object.keys(object);
  if (keys.some(isSpecial)) {
    return settleMap(new Map(Object.entries(object)));
  }
  for (const key of keys) {
    const value = object[key];
    const settled = settle(value);
    if (settled !== value) object[key] = settled;
  }
  noteLineWords(object);
  return Object.freeze(object);
}

const settleMap = (map: ReadonlyMap<string, unknown>): unknown =>
  foreignMap(Array.from(map, ([key, value]) => [foreign(key), settle(value)] as const));

/**
 * Makes a value, as JSON makes it, one of the snapshot: what is special in its texts and keys is foreign, and what holds
 * them is frozen. The value itself is changed where it can be. A dict with a key that is special becomes a Map.
 */
export function settle(value: unknown): unknown {
  if (typeof value === 'string') return foreign(value);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) {
    for (const [i, item] of value.entries()) value[i] = settle(item);
    return Object.freeze(value);
  }
  if (value instanceof Map) return settleMap(value);
  return isPlainObject(value) ? settleObject(value) : Object.freeze(value);
}

/** A property of a copy: what is read only when it is asked for stays so. */
function retoldProperty(object: object, key: string, digit: number): PropertyDescriptor {
  const { get, value } = Object.getOwnPropertyDescriptor(object, key) as PropertyDescriptor;
  if (get === undefined) return { value: retold(value, digit), enumerable: true };
  let made: { readonly value: unknown } | undefined;
  const read = (): unknown => {
    made ??= { value: retold(get.call(object), digit) };
    return made.value;
  };
  return { get: read, enumerable: true };
}

/** A value of the snapshot that tells another origin. */
export function retold(value: unknown, digit: number): unknown {
  if (typeof value === 'string') return recoded(value, digit);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return Object.freeze(value.map((item) => retold(item, digit)));
  if (value instanceof Map) {
    const entries = Array.from(value as ReadonlyMap<string, unknown>);
    return foreignMap(entries.map(([key, item]) => [recoded(key, digit), retold(item, digit)]));
  }
  if (!isPlainObject(value)) return value;
  const object: object = {};
  for (const key of Object.keys(value)) {
    Object.defineProperty(object, key, retoldProperty(value, key, digit));
  }
  noteLineWords(object, (key) => foreign(key, digit));
  return Object.freeze(object);
}
