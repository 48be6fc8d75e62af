import { Dict, isPlainObject } from './values/index.ts';

/** A copy of a value that a template may change: its lists and dicts are new, what is frozen is shared. */
function copyValue(value: unknown, copies: Map<object, unknown>): unknown {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  const known = copies.get(value);
  if (known !== undefined) return known;
  if (Array.isArray(value) && Object.getPrototypeOf(value) === Array.prototype) {
    const list: unknown[] = [];
    copies.set(value, list);
    for (const item of value) list.push(copyValue(item, copies));
    return list;
  }
  const isMap = Object.getPrototypeOf(value) === Map.prototype;
  if (!isMap && !isPlainObject(value)) return value;
  const dict = new Dict();
  copies.set(value, dict);
  const entries = isMap ? (value as ReadonlyMap<unknown, unknown>) : Object.entries(value);
  for (const [key, item] of entries) dict.set(key, copyValue(item, copies));
  return dict;
}

/**
 * The context as a template may change it, where Jinja2 lets it (`list.append`): the caller's own data stays as it is.
 * What is frozen stays the same object, and to change it is an error.
 */
export function copyContext(context: ReadonlyMap<string, unknown>): ReadonlyMap<string, unknown> {
  const copies = new Map<object, unknown>();
  return new Map(Array.from(context, ([name, value]) => [name, copyValue(value, copies)]));
}
