import { Bytes } from './classes/bytes.ts';
import { same, textOf } from './compare.ts';
import { isMapping, mappingHas, mappingKeys, mappingSize } from './classes/dict.ts';
import { isForeign, plain } from './text/foreign.ts';
import { Generator } from './classes/generator.ts';
import { checkItems } from './limits.ts';
import { Markup } from './classes/markup.ts';
import { asIndex } from './numbers/numeric.ts';
import { TemplateObject } from './classes/object.ts';
import { typeError } from './python-error.ts';
import { Range } from './classes/range.ts';
import { characters, codePointCount } from './text/text.ts';
import { typeName } from './type-name.ts';
import { Undefined } from './classes/undefined.ts';

/** An object of ours that can be iterated over, as Python's `__iter__`. */
export interface IterableObject {
  iterate(): Generator;
}

const isIterableObject = (value: unknown): value is TemplateObject & IterableObject =>
  value instanceof TemplateObject && 'iterate' in value;

/** Whether `iter(value)` works, without asking for the items. */
export function isIterable(value: unknown): boolean {
  if (textOf(value) !== undefined || Array.isArray(value) || isMapping(value)) return true;
  if (value instanceof Range || value instanceof Generator) return true;
  return value instanceof Undefined || value instanceof Bytes || isIterableObject(value);
}

function charactersOf(text: string): string[] {
  checkItems(text.length);
  return characters(text);
}

/**
 * The items that `for` goes through: an array where the length is known (a list is itself, not a copy), otherwise
 * the `Generator`.
 *
 * @throws PythonError TypeError where the value cannot be iterated over
 */
export function iterate(value: unknown): readonly unknown[] | Generator {
  if (Array.isArray(value)) return value;
  if (typeof value === 'string') return charactersOf(value);
  if (isMapping(value)) return mappingKeys(value);
  if (value instanceof Range) return value.toArray();
  if (value instanceof Generator) return value;
  if (value instanceof Undefined) return [];
  if (value instanceof Markup) return charactersOf(value.text);
  if (value instanceof Bytes) return Array.from(value.latin1, (byte) => byte.charCodeAt(0));
  if (isIterableObject(value)) return value.iterate();
  throw typeError(`'${typeName(value)}' object is not iterable`);
}

/** `list(value)`: always a new array. */
export function toList(value: unknown): unknown[] {
  const items = iterate(value);
  if (Array.isArray(items)) return items === value ? items.slice() : items;
  const list: unknown[] = [];
  for (const item of items) {
    list.push(item);
    checkItems(list.length);
  }
  return list;
}

/** `len(value)`; JavaScript's undefined where Python's has no `__len__`. */
export function lengthOf(value: unknown): number | undefined {
  if (typeof value === 'string') return codePointCount(value);
  if (Array.isArray(value) || value instanceof Range) return value.length;
  if (isMapping(value)) return mappingSize(value);
  if (value instanceof Markup) return codePointCount(value.text);
  if (value instanceof Undefined) return 0;
  if (value instanceof Bytes) return value.latin1.length;
  return undefined;
}

/** `len(value)`. @throws PythonError TypeError where it has none */
export function length(value: unknown): number {
  const count = lengthOf(value);
  if (count === undefined) throw typeError(`object of type '${typeName(value)}' has no len()`);
  return count;
}

/** `item in container`. */
export function contains(container: unknown, item: unknown): boolean {
  const text = textOf(container);
  if (text !== undefined) {
    const part = textOf(item);
    if (part !== undefined) {
      if (text.includes(part)) return true;
      return (isForeign(text) || isForeign(part)) && plain(text).includes(plain(part));
    }
    throw typeError(`'in <string>' requires string as left operand, not ${typeName(item)}`);
  }
  if (isMapping(container)) return mappingHas(container, item);
  if (container instanceof Range) {
    const number = asIndex(item);
    if (number !== undefined) return container.has(number);
  }
  if (!isIterable(container)) {
    throw typeError(`argument of type '${typeName(container)}' is not iterable`);
  }
  for (const candidate of iterate(container)) {
    if (same(candidate, item)) return true;
  }
  return false;
}
