import { aware } from '../text/aware.ts';
import { isMapping, type Mapping, mappingEntries } from '../classes/dict.ts';
import { DictView } from '../classes/dict-view.ts';
import { joinParts } from '../methods/str-split.ts';
import { repr } from '../print.ts';
import { PythonError } from '../python-error.ts';
import { sorted } from '../sort.ts';
import { codePointCount, splitLines } from '../text/text.ts';
import { Tuple } from '../classes/tuple.ts';
import { typeName } from '../type-name.ts';
import { type FilterTable, simple } from './filter.ts';

/** Python's `pprint.pformat` with its defaults: lines of 80, dicts sorted by key. */
const WIDTH = 80;

interface Place {
  /** The column that the value begins at. */
  readonly indent: number;
  /** What must still fit behind the value on its last line. */
  readonly allowance: number;
  readonly level: number;
}

type Pair = readonly [key: unknown, value: unknown];

/** Keys that have no order among themselves are ordered by the names of their types. */
function sortedPairs(mapping: Mapping): Pair[] {
  const entries = mappingEntries(mapping);
  try {
    const order = sorted(entries, { key: (pair) => (pair as Pair)[0] });
    return order as Pair[];
  } catch (error) {
    if (!(error instanceof PythonError)) throw error;
    return sorted(entries, { key: (pair) => typeName((pair as Pair)[0]) }) as Pair[];
  }
}

/** `repr` with dicts sorted, at every depth; `open` is what the value is part of. */
function flat(value: unknown, open = new Set<object>()): string {
  const isContainer = Array.isArray(value) || isMapping(value);
  if (!isContainer || value instanceof DictView) return repr(value);
  if (open.has(value)) return `<Recursion on ${typeName(value)} with id=0>`;
  open.add(value);
  const text = flatContainer(value, open);
  open.delete(value);
  return text;
}

function flatContainer(value: readonly unknown[] | Mapping, open: Set<object>): string {
  if (isMapping(value)) {
    const parts = sortedPairs(value).map(
      ([key, item]) => `${flat(key, open)}: ${flat(item, open)}`,
    );
    return `{${joinParts(', ', parts)}}`;
  }
  const items = joinParts(
    ', ',
    Array.from(value, (item) => flat(item, open)),
  );
  if (!(value instanceof Tuple)) return `[${items}]`;
  return value.length === 1 ? `(${items},)` : `(${items})`;
}

const fits = (text: string, room: number): boolean => codePointCount(text) <= room;

/** The pieces of a string, each on a line of its own, that Python concatenates again. */
function stringChunks(text: string, room: number, allowance: number): string[] {
  const chunks: string[] = [];
  const lines = splitLines(text, true);
  for (const [i, line] of lines.entries()) {
    const isLast = i === lines.length - 1;
    if (fits(repr(line), isLast ? room - allowance : room)) {
      chunks.push(repr(line));
      continue;
    }
    const words = line.match(/\S+\s*|\s+/gu) ?? [];
    let current = '';
    for (const [j, word] of words.entries()) {
      const end = isLast && j === words.length - 1;
      if (fits(repr(current + word), end ? room - allowance : room)) {
        current += word;
      } else {
        if (current !== '') chunks.push(repr(current));
        current = word;
      }
    }
    if (current !== '') chunks.push(repr(current));
  }
  return chunks;
}

const prettyString = aware((text: string, { indent, allowance, level }: Place): string => {
  const isOutermost = level === 1;
  const column = indent + (isOutermost ? 1 : 0);
  const chunks = stringChunks(text, WIDTH - column, allowance + (isOutermost ? 1 : 0));
  if (chunks.length === 1) return chunks[0] ?? '';
  const body = chunks.join(`\n${' '.repeat(column)}`);
  return isOutermost ? `(${body})` : body;
});

function prettyDict(mapping: Mapping, { indent, allowance, level }: Place): string {
  const pairs = sortedPairs(mapping);
  const column = indent + 1;
  const parts = pairs.map(([key, value], index) => {
    const name = flat(key);
    const isLast = index === pairs.length - 1;
    const place = {
      indent: column + codePointCount(name) + 2,
      allowance: isLast ? allowance + 1 : 1,
      level,
    };
    return `${name}: ${pretty(value, place)}`;
  });
  return `{${parts.join(`,\n${' '.repeat(column)}`)}}`;
}

function prettyList(items: readonly unknown[], { indent, allowance, level }: Place): string {
  const isTuple = items instanceof Tuple;
  const end = isTuple ? (items.length === 1 ? ',)' : ')') : ']';
  const column = indent + 1;
  const parts = Array.from(items, (item, index) => {
    const isLast = index === items.length - 1;
    return pretty(item, {
      indent: column,
      allowance: isLast ? allowance + end.length : 1,
      level,
    });
  });
  return (isTuple ? '(' : '[') + parts.join(`,\n${' '.repeat(column)}`) + end;
}

function pretty(value: unknown, place: Place): string {
  const text = flat(value);
  if (fits(text, WIDTH - place.indent - place.allowance)) return text;
  const inner = { ...place, level: place.level + 1 };
  if (typeof value === 'string') return prettyString(value, inner);
  if (value instanceof DictView) return text;
  if (Array.isArray(value)) return prettyList(value, inner);
  return isMapping(value) ? prettyDict(value, inner) : text;
}

export const PPRINT_FILTERS: FilterTable = {
  pprint: simple('do_pprint', 'value', (value) =>
    pretty(value, { indent: 0, allowance: 0, level: 0 }),
  ),
};
