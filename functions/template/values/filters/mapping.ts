import { attributeError, attributeOf } from '../attributes.ts';
import { textOf } from '../compare.ts';
import { hashKey, isMapping, mappingEntries } from '../classes/dict.ts';
import { Generator } from '../classes/generator.ts';
import { requireIndex } from '../methods/method.ts';
import { PythonError, typeError } from '../python-error.ts';
import { sorted } from '../sort.ts';
import { truth } from '../truth.ts';
import { Tuple } from '../classes/tuple.ts';
import { typeName } from '../type-name.ts';
import { Undefined } from '../classes/undefined.ts';
import { ignoreCase } from './attribute.ts';
import { type FilterTable, filter, type Runtime, simple } from './filter.ts';

function dictsort(
  { dialect }: Runtime,
  value: unknown,
  caseSensitive: unknown = false,
  by: unknown = 'key',
  reversed: unknown = false,
): unknown[] {
  if (by !== 'key' && by !== 'value') {
    throw new PythonError('FilterArgumentError', 'You can only sort by either "key" or "value"');
  }
  if (!isMapping(value)) throw attributeError(value, 'items');
  const position = by === 'key' ? 0 : 1;
  const sensitive = truth(caseSensitive);
  const key = (pair: unknown): unknown => {
    const part = (pair as Tuple)[position];
    return sensitive ? part : ignoreCase(part);
  };
  const pairs = mappingEntries(value).map(([name, item]) => Tuple.make(name, item));
  return sorted(pairs, { key, reverse: requireIndex(reversed) !== 0, dialect });
}

function* pairs(value: unknown): globalThis.Generator<unknown> {
  if (value instanceof Undefined) return;
  if (!isMapping(value)) throw typeError('Can only get item pairs from a mapping.');
  for (const [key, item] of mappingEntries(value)) yield Tuple.make(key, item);
}

function attr({ dialect }: Runtime, value: unknown, name: unknown): unknown {
  const text = textOf(name);
  if (text === undefined) {
    hashKey(name);
    throw typeError(`attribute name must be string, not '${typeName(name)}'`);
  }
  const attribute = attributeOf(value, text, dialect);
  if (attribute !== undefined) return attribute;
  if (value instanceof Undefined && !text.startsWith('__')) throw value.error();
  return Undefined.member(value, name);
}

const otherwise = filter(
  { name: 'do_default', params: ['value', 'default_value', 'boolean'], required: 1 },
  (_runtime, value, fallback = '', boolean = false) =>
    value instanceof Undefined || (truth(boolean) && !truth(value)) ? fallback : value,
);

/** Filters about dicts, attributes and missing values. */
export const MAPPING_FILTERS: FilterTable = {
  attr: filter({ name: 'do_attr', params: ['obj', 'name'], required: 2, hidden: 1 }, attr),
  d: otherwise,
  default: otherwise,
  dictsort: filter(
    { name: 'do_dictsort', params: ['value', 'case_sensitive', 'by', 'reverse'], required: 1 },
    dictsort,
  ),
  items: simple(
    'do_items',
    'value',
    (value) => new Generator(pairs(value), 'generator object do_items'),
  ),
};
