import { add, floordiv, mod } from '../numbers/arithmetic.ts';
import { Bytes } from '../classes/bytes.ts';
import { compare, equals, textOf } from '../compare.ts';
import { hashKey, isMapping, mappingKeys } from '../classes/dict.ts';
import { DictView } from '../classes/dict-view.ts';
import { escapeHtml } from '../text/escape.ts';
import { Generator } from '../classes/generator.ts';
import { isIterable, iterate, length, toList } from '../iteration.ts';
import { checkItems } from '../limits.ts';
import { getitem, slice } from '../lookup.ts';
import { Markup } from '../classes/markup.ts';
import { requireIndex } from '../methods/method.ts';
import { joinParts } from '../methods/str-split.ts';
import { str } from '../print.ts';
import { PythonError, typeError } from '../python-error.ts';
import { Range } from '../classes/range.ts';
import { sorted } from '../sort.ts';
import { truth } from '../truth.ts';
import { GroupTuple } from '../classes/tuple.ts';
import { typeName } from '../type-name.ts';
import { Undefined } from '../classes/undefined.ts';
import { attributeGetter, attributesGetter } from './attribute.ts';
import { builtin, type FilterTable, filter, type Runtime, simple } from './filter.ts';

type Lazy = globalThis.Generator<unknown>;

const empty = (which: string): Undefined =>
  Undefined.because(`No ${which} item, sequence was empty.`);

const generator = (name: string, source: Iterator<unknown>): Generator =>
  new Generator(source, `generator object ${name}`);

/** The items of what Python's `reversed` accepts; undefined for everything else. */
function reversible(value: unknown): { items: readonly unknown[]; label: string } | undefined {
  if (isMapping(value)) return { items: mappingKeys(value), label: 'dict_reversekeyiterator' };
  if (value instanceof Undefined) return { items: [], label: 'reversed' };
  if (value instanceof Range) return { items: value.toArray(), label: 'range_iterator' };
  if (value instanceof DictView) return { items: value, label: value.reverseLabel };
  if (value instanceof Bytes) return { items: toList(value), label: 'reversed' };
  if (Array.isArray(value)) {
    return {
      items: value,
      label: typeName(value) === 'list' ? 'list_reverseiterator' : 'reversed',
    };
  }
  return textOf(value) === undefined ? undefined : { items: toList(value), label: 'reversed' };
}

function last(value: unknown): unknown {
  const items = reversible(value)?.items;
  if (items === undefined) throw typeError(`'${typeName(value)}' object is not reversible`);
  return items.length === 0 ? empty('last') : items.at(-1);
}

function first(value: unknown): unknown {
  for (const item of iterate(value)) return item;
  return empty('first');
}

function reverse(value: unknown): unknown {
  if (textOf(value) !== undefined) return slice(value, [null, null, -1]);
  const source = reversible(value);
  if (source !== undefined) {
    return new Generator(
      [...source.items].reverse().values(),
      `${source.label} object`,
      source.label,
    );
  }
  if (isIterable(value)) return toList(value).reverse();
  throw new PythonError('FilterArgumentError', 'argument must be iterable');
}

/** Joining with autoescape on: one Markup among separator and items makes all of it Markup. */
function joinEscaped(items: readonly unknown[], separator: unknown, { dialect }: Runtime): unknown {
  const isSafe = separator instanceof Markup || items.some((item) => item instanceof Markup);
  const parts = items.map((item) => str(isSafe ? escapeHtml(item, dialect) : item, dialect));
  const between = str(isSafe ? escapeHtml(separator, dialect) : separator, dialect);
  const joined = joinParts(between, parts);
  return isSafe ? new Markup(joined) : joined;
}

function join(
  runtime: Runtime,
  value: unknown,
  separator: unknown = '',
  attribute: unknown = null,
): unknown {
  const get = attribute === null ? undefined : attributeGetter(runtime, attribute);
  const items = get === undefined ? iterate(value) : Array.from(iterate(value), get);
  if (runtime.autoescape) return joinEscaped([...items], separator, runtime);
  const parts: string[] = [];
  for (const item of items) parts.push(str(item, runtime.dialect));
  return joinParts(str(separator, runtime.dialect), parts);
}

function* batches(value: unknown, count: unknown, fill: unknown): Lazy {
  let batch: unknown[] = [];
  for (const item of iterate(value)) {
    if (equals(batch.length, count)) {
      yield batch;
      batch = [];
    }
    batch.push(item);
  }
  if (batch.length === 0) return;
  if (fill !== null && compare('<', batch.length, count)) {
    const missing = requireIndex(count) - batch.length;
    checkItems(missing);
    for (let i = 0; i < missing; i++) batch.push(fill);
  }
  yield batch;
}

function* columns(value: unknown, count: unknown, fill: unknown): Lazy {
  const items = toList(value);
  const each = Number(floordiv(items.length, count));
  const extra = Number(mod(items.length, count));
  const total = requireIndex(count);
  checkItems(total);
  let start = 0;
  for (let column = 0; column < total; column++) {
    const end = start + each + (column < extra ? 1 : 0);
    const part = items.slice(start, end);
    if (fill !== null && column >= extra) part.push(fill);
    start = end;
    yield part;
  }
}

function random(value: unknown, runtime: Runtime): unknown {
  const count = length(value);
  if (count === 0) return empty('random');
  const item = getitem(value, Math.floor(runtime.random() * count));
  if (item instanceof Undefined && isMapping(value)) throw new PythonError('KeyError', '0');
  return item;
}

function sum(
  runtime: Runtime,
  value: unknown,
  attribute: unknown = null,
  start: unknown = 0,
): unknown {
  const get = attribute === null ? undefined : attributeGetter(runtime, attribute);
  if (textOf(start) !== undefined) {
    throw typeError("sum() can't sum strings [use ''.join(seq) instead]");
  }
  let total = start;
  for (const item of iterate(value)) total = add(total, get === undefined ? item : get(item));
  return total;
}

const extreme =
  (operator: '<' | '>') =>
  (
    runtime: Runtime,
    value: unknown,
    caseSensitive: unknown = false,
    attribute: unknown = null,
  ): unknown => {
    const key = attributeGetter(runtime, attribute, { ignoringCase: !truth(caseSensitive) });
    let best: { item: unknown; key: unknown } | undefined;
    for (const item of iterate(value)) {
      const candidate = { item, key: key(item) };
      if (best === undefined || compare(operator, candidate.key, best.key, runtime.dialect)) {
        best = candidate;
      }
    }
    return best === undefined ? empty('aggregated') : best.item;
  };

function* uniques(value: unknown, key: (item: unknown) => unknown): Lazy {
  const seen = new Set<unknown>();
  for (const item of iterate(value)) {
    const hash = hashKey(key(item));
    if (seen.has(hash)) continue;
    seen.add(hash);
    yield item;
  }
}

function sort(
  runtime: Runtime,
  value: unknown,
  reversed: unknown = false,
  caseSensitive: unknown = false,
  attribute: unknown = null,
): unknown[] {
  const key = attributesGetter(runtime, attribute, { ignoringCase: !truth(caseSensitive) });
  const reverse = requireIndex(reversed) !== 0;
  return sorted(toList(value), { key, reverse, dialect: runtime.dialect });
}

function groupby(
  runtime: Runtime,
  value: unknown,
  attribute: unknown,
  otherwise: unknown = null,
  caseSensitive: unknown = false,
): unknown[] {
  const { dialect } = runtime;
  const ignoringCase = dialect === 'jinja2' && !truth(caseSensitive);
  const key = attributeGetter(runtime, attribute, { otherwise, ignoringCase });
  const shown = attributeGetter(runtime, attribute, { otherwise });
  const groups: Array<{ key: unknown; items: unknown[] }> = [];
  for (const item of sorted(toList(value), { key, dialect })) {
    const own = key(item);
    const group = groups.at(-1);
    if (group !== undefined && equals(group.key, own)) group.items.push(item);
    else groups.push({ key: own, items: [item] });
  }
  return groups.map(({ items }) => GroupTuple.group(shown(items[0]), items));
}

/** Filters over lists and other things that can be iterated over. */
export const SEQUENCE_FILTERS: FilterTable = {
  batch: filter(
    { name: 'do_batch', params: ['value', 'linecount', 'fill_with'], required: 2 },
    (_runtime, value, count, fill = null) => generator('do_batch', batches(value, count, fill)),
  ),
  count: builtin('len', length),
  first: filter(
    { name: 'sync_do_first', params: ['seq'], required: 1, hidden: 1 },
    (_runtime, value) => first(value),
  ),
  groupby: filter(
    {
      name: 'sync_do_groupby',
      params: ['value', 'attribute', 'default', 'case_sensitive'],
      required: 2,
      hidden: 1,
    },
    groupby,
  ),
  join: filter(
    { name: 'sync_do_join', params: ['value', 'd', 'attribute'], required: 1, hidden: 1 },
    join,
  ),
  last: filter({ name: 'do_last', params: ['seq'], required: 1, hidden: 1 }, (_runtime, value) =>
    last(value),
  ),
  length: builtin('len', length),
  list: simple('sync_do_list', 'value', toList),
  max: filter(
    { name: 'do_max', params: ['value', 'case_sensitive', 'attribute'], required: 1, hidden: 1 },
    extreme('>'),
  ),
  min: filter(
    { name: 'do_min', params: ['value', 'case_sensitive', 'attribute'], required: 1, hidden: 1 },
    extreme('<'),
  ),
  random: filter({ name: 'do_random', params: ['seq'], required: 1, hidden: 1 }, (runtime, value) =>
    random(value, runtime),
  ),
  reverse: simple('do_reverse', 'value', reverse),
  slice: filter(
    { name: 'sync_do_slice', params: ['value', 'slices', 'fill_with'], required: 2 },
    (_runtime, value, count, fill = null) =>
      generator('sync_do_slice', columns(value, count, fill)),
  ),
  sort: filter(
    {
      name: 'do_sort',
      params: ['value', 'reverse', 'case_sensitive', 'attribute'],
      required: 1,
      hidden: 1,
    },
    sort,
  ),
  sum: filter(
    { name: 'sync_do_sum', params: ['iterable', 'attribute', 'start'], required: 1, hidden: 1 },
    sum,
  ),
  unique: filter(
    { name: 'do_unique', params: ['value', 'case_sensitive', 'attribute'], required: 1, hidden: 1 },
    (runtime, value, caseSensitive = false, attribute = null) => {
      const ignoringCase = !truth(caseSensitive);
      const key = attributeGetter(runtime, attribute, { ignoringCase });
      return generator('do_unique', uniques(value, key));
    },
  ),
};
