import { DictView, SetView } from './dict-view.ts';
import { Float } from './float.ts';
import { plain } from '../text/foreign.ts';
import { checkText } from '../limits.ts';
import { Markup } from './markup.ts';
import { typeError } from '../python-error.ts';
import { Tuple } from './tuple.ts';
import { typeName } from '../type-name.ts';
import { Undefined } from './undefined.ts';

const UNDEFINED_KEY = Symbol('Undefined');

function isUnhashable(value: object): boolean {
  if (value instanceof DictView) return value instanceof SetView;
  return (Array.isArray(value) && !(value instanceof Tuple)) || isMapping(value);
}

/** A tuple's parts as text, each with its type and length before it, so that no two tuples share a text. */
function tupleKey(tuple: Tuple): string {
  const parts = tuple.map((item) => {
    const key = hashKey(item);
    if (typeof key === 'object' && key !== null) return `o${identityOf(key)}`;
    const text = String(key);
    return `${typeof key}${text.length}:${text}`;
  });
  const joined = parts.join(',');
  checkText(joined.length);
  return `\0(${joined})`;
}

const identities = new WeakMap<object, number>();
let lastIdentity = 0;

/** `id(object)`: a number of its own for each object. */
export function identityOf(object: object): number {
  const known = identities.get(object);
  if (known !== undefined) return known;
  lastIdentity += 1;
  identities.set(object, lastIdentity);
  return lastIdentity;
}

/**
 * A value that is the same for two keys exactly where Python's `hash` and `==` make them one key:
 * `1`, `1.0` and `True` are one, `1` and `"1"` two.
 *
 * @throws PythonError TypeError where the value is not hashable
 */
export function hashKey(key: unknown): unknown {
  switch (typeof key) {
    case 'string': {
      const text = plain(key);
      return text.charCodeAt(0) === 0 ? `\0s${text}` : text;
    }
    case 'boolean':
      return key ? 1 : 0;
    case 'object':
      break;
    default:
      return key;
  }
  if (key === null) return null;
  if (key instanceof Float) return key.value;
  if (key instanceof Markup) return hashKey(key.text);
  if (key instanceof Tuple) return tupleKey(key);
  if (key instanceof Undefined) return UNDEFINED_KEY;
  if (isUnhashable(key)) throw typeError(`unhashable type: '${typeName(key)}'`);
  return key;
}

/** A dict that a template made: any hashable keys, in order of insertion; mutable. */
export class Dict {
  private readonly slots = new Map<unknown, [key: unknown, value: unknown]>();

  constructor(entries: Iterable<readonly [unknown, unknown]> = []) {
    for (const [key, value] of entries) this.set(key, value);
  }

  get size(): number {
    return this.slots.size;
  }

  /** The value; JavaScript's undefined where the key is missing. */
  get(key: unknown): unknown {
    return this.slots.get(hashKey(key))?.[1];
  }

  has(key: unknown): boolean {
    return this.slots.has(hashKey(key));
  }

  set(key: unknown, value: unknown): this {
    const hash = hashKey(key);
    const slot = this.slots.get(hash);
    if (slot === undefined) this.slots.set(hash, [key, value]);
    else slot[1] = value;
    return this;
  }

  delete(key: unknown): boolean {
    return this.slots.delete(hashKey(key));
  }

  clear(): void {
    this.slots.clear();
  }

  entries(): IterableIterator<readonly [unknown, unknown]> {
    return this.slots.values();
  }
}

/** A dict in any of its three forms; the plain object and the Map come from the context and are never changed. */
export type Mapping = Dict | ReadonlyMap<string, unknown> | Readonly<Record<string, unknown>>;

/** An object as JSON makes it: the context's ordinary dict. */
export function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

export const isMapping = (value: unknown): value is Mapping =>
  isPlainObject(value) || value instanceof Dict || (value instanceof Map && isPlainMap(value));

const isPlainMap = (map: object): boolean => Object.getPrototypeOf(map) === Map.prototype;

/** The dicts of the snapshot that have keys with foreign characters: Maps. */
const foreignKeyed = new WeakSet<object>();
/** Plain objects of the snapshot of which a key is a line word, with what that is to a template. */
const wordKeyed = new WeakMap<object, (key: string) => string>();

/** Notes that a dict of the snapshot has keys with foreign characters. */
export function noteForeignKeys(mapping: ReadonlyMap<string, unknown>): void {
  foreignKeyed.add(mapping);
}

/** Notes how templates get those keys of a plain object that are line words. */
export function noteWordKeys(object: object, recode: (key: string) => string): void {
  wordKeyed.set(object, recode);
}

function getForeign(mapping: ReadonlyMap<string, unknown>, name: string): unknown {
  if (!foreignKeyed.has(mapping)) return undefined;
  for (const [key, value] of mapping) if (plain(key) === name) return value;
  return undefined;
}

function keysOf(object: Readonly<Record<string, unknown>>): string[] {
  const keys = Object.keys(object);
  const recode = wordKeyed.get(object);
  return recode === undefined ? keys : keys.map(recode);
}

/** The value of a key; JavaScript's undefined where it is missing. @throws PythonError for an unhashable key */
export function mappingGet(mapping: Mapping, key: unknown): unknown {
  if (mapping instanceof Dict) return mapping.get(key);
  const text = key instanceof Markup ? key.text : key;
  if (typeof text !== 'string') {
    hashKey(text);
    return undefined;
  }
  const name = plain(text);
  if (mapping instanceof Map) {
    const value: unknown = mapping.get(name);
    return value === undefined ? getForeign(mapping, name) : value;
  }
  const record = mapping as Readonly<Record<string, unknown>>;
  return Object.hasOwn(record, name) ? record[name] : undefined;
}

export const mappingHas = (mapping: Mapping, key: unknown): boolean =>
  mappingGet(mapping, key) !== undefined;

export function mappingSize(mapping: Mapping): number {
  if (mapping instanceof Dict || mapping instanceof Map) return mapping.size;
  return Object.keys(mapping).length;
}

/** The pairs, in the dict's order. */
export function mappingEntries(mapping: Mapping): Array<readonly [unknown, unknown]> {
  if (mapping instanceof Dict || mapping instanceof Map) return [...mapping.entries()];
  const recode = wordKeyed.get(mapping);
  const entries = Object.entries(mapping);
  return recode === undefined ? entries : entries.map(([key, value]) => [recode(key), value]);
}

export function mappingKeys(mapping: Mapping): unknown[] {
  if (mapping instanceof Dict) return Array.from(mapping.entries(), ([key]) => key);
  if (mapping instanceof Map) return [...mapping.keys()];
  return keysOf(mapping as Readonly<Record<string, unknown>>);
}

export function mappingValues(mapping: Mapping): unknown[] {
  if (mapping instanceof Dict) return Array.from(mapping.entries(), ([, value]) => value);
  if (mapping instanceof Map) return [...mapping.values()];
  return Object.values(mapping);
}
