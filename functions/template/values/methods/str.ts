import { Bytes } from '../bytes.ts';
import { capitalize, caseFold, IS, swapCase, titleCase } from '../case.ts';
import { decodeText, encodeText } from '../codec.ts';
import { textOf } from '../compare.ts';
import { Dict, isMapping, mappingGet } from '../dict.ts';
import { isIterable, iterate } from '../iteration.ts';
import { checkText } from '../limits.ts';
import { numeric } from '../numeric.ts';
import { typeError, valueError } from '../python-error.ts';
import { formatMap, formatText } from '../str-format.ts';
import {
  characters,
  codePointCount,
  isAstral,
  isSpace,
  splitLines,
  splitWords,
  stripLeft,
  stripRight,
} from '../text.ts';
import { truth } from '../truth.ts';
import { Tuple } from '../tuple.ts';
import { typeName } from '../type-name.ts';
import {
  type Method,
  named,
  none,
  one,
  parsed,
  positional,
  requireIndex,
  table,
  whole,
} from './method.ts';

/** An argument that must be a str. @throws PythonError TypeError: `what` must be str, not ... */
function requireText(value: unknown, what = 'must be str'): string {
  const text = textOf(value);
  if (text === undefined) throw typeError(`${what}, not ${typeName(value)}`);
  return text;
}

/** The part of the text that `start` and `stop` leave, and where it begins; null where start is beyond the end. */
function section(
  text: string,
  start: unknown,
  stop: unknown,
): { part: string; offset: number } | undefined {
  const length = codePointCount(text);
  const bound = (value: unknown, otherwise: number): number => {
    if (value === null || value === undefined) return otherwise;
    const index = numeric(value);
    if (typeof index !== 'bigint') {
      throw typeError('slice indices must be integers or None or have an __index__ method');
    }
    const number = Number(index);
    return number < 0 ? Math.max(0, number + length) : number;
  };
  const offset = bound(start, 0);
  const end = Math.min(bound(stop, length), length);
  if (offset > end) return undefined;
  const part = isAstral(text)
    ? Array.from(text).slice(offset, end).join('')
    : text.slice(offset, end);
  return { part, offset };
}

/** The position by code point of a UTF-16 position. */
const pointIndex = (text: string, unit: number): number =>
  isAstral(text) ? codePointCount(text.slice(0, unit)) : unit;

function search(last: boolean): (text: string, ...args: unknown[]) => number {
  return (text, sub, start, stop) => {
    const wanted = requireText(sub);
    const found = section(text, start, stop);
    if (found === undefined) return -1;
    const unit = last ? found.part.lastIndexOf(wanted) : found.part.indexOf(wanted);
    return unit < 0 ? -1 : found.offset + pointIndex(found.part, unit);
  };
}

function searchOrFail(last: boolean): (text: string, ...args: unknown[]) => number {
  const find = search(last);
  return (text, ...args) => {
    const index = find(text, ...args);
    if (index < 0) throw valueError('substring not found');
    return index;
  };
}

function count(text: string, sub: unknown, start: unknown, stop: unknown): number {
  const wanted = requireText(sub);
  const found = section(text, start, stop);
  if (found === undefined) return 0;
  if (wanted === '') return codePointCount(found.part) + 1;
  return found.part.split(wanted).length - 1;
}

type Edge = 'startsWith' | 'endsWith';

function hasEdge(edge: Edge): (text: string, ...args: unknown[]) => boolean {
  const method = edge.toLowerCase();
  return (text, edges, start, stop) => {
    const candidates = edges instanceof Tuple ? edges : [edges];
    const found = section(text, start, stop);
    return candidates.some((candidate) => {
      const wanted = textOf(candidate);
      if (wanted !== undefined) return found?.part[edge](wanted) ?? false;
      throw typeError(
        edges instanceof Tuple
          ? `tuple for ${method} must only contain str, not ${typeName(candidate)}`
          : `${method} first arg must be str or a tuple of str, not ${typeName(candidate)}`,
      );
    });
  };
}

function strip(sides: 'both' | 'left' | 'right', method: string) {
  return (text: string, chars: unknown = null): string => {
    if (chars === null) {
      const left = sides === 'right' ? text : stripLeft(text);
      return sides === 'left' ? left : stripRight(left);
    }
    const set = textOf(chars);
    if (set === undefined) throw typeError(`${method} arg must be None or str`);
    const all = characters(text);
    const unwanted = new Set(characters(set));
    let first = 0;
    let end = all.length;
    if (sides !== 'right') while (first < end && unwanted.has(all[first] ?? '')) first++;
    if (sides !== 'left') while (end > first && unwanted.has(all[end - 1] ?? '')) end--;
    return all.slice(first, end).join('');
  };
}

function fillCharacter(value: unknown): string {
  if (value === undefined) return ' ';
  const fill = textOf(value);
  if (fill === undefined) {
    throw typeError(`The fill character must be a unicode character, not ${typeName(value)}`);
  }
  if (codePointCount(fill) !== 1) {
    throw typeError('The fill character must be exactly one character long');
  }
  return fill;
}

function align(left: (missing: number, width: number) => number) {
  return (text: string, width: unknown, fill: unknown): string => {
    const wanted = requireIndex(width);
    const character = fillCharacter(fill);
    const missing = wanted - codePointCount(text);
    if (missing <= 0) return text;
    checkText(wanted);
    const before = left(missing, wanted);
    return character.repeat(before) + text + character.repeat(missing - before);
  };
}

/** CPython puts the odd space of `center` to the left where the width is odd too. */
export const center = align((missing, width) => Math.floor(missing / 2) + (missing & width & 1));

function zfill(text: string, width: unknown): string {
  const wanted = requireIndex(width);
  const missing = wanted - codePointCount(text);
  if (missing <= 0) return text;
  checkText(wanted);
  const sign = /^[+-]/.exec(text)?.[0] ?? '';
  return sign + '0'.repeat(missing) + text.slice(sign.length);
}

function separator(value: unknown): string | undefined {
  if (value === null || value === undefined) return undefined;
  const text = textOf(value);
  if (text === undefined) throw typeError(`must be str or None, not ${typeName(value)}`);
  if (text === '') throw valueError('empty separator');
  return text;
}

function limitOf(value: unknown): number {
  const limit = value === undefined ? -1 : requireIndex(value);
  return limit < 0 ? Number.POSITIVE_INFINITY : limit;
}

/** `str.split(sep, maxsplit)`. */
export function split(text: string, sep?: unknown, maxsplit?: unknown): string[] {
  const between = separator(sep);
  const limit = limitOf(maxsplit);
  if (between === undefined) return splitSpace(text, limit);
  const parts = text.split(between);
  if (parts.length <= limit + 1) return parts;
  return [...parts.slice(0, limit), parts.slice(limit).join(between)];
}

function splitSpace(text: string, limit: number): string[] {
  const words = splitWords(text);
  if (words.length <= limit) return words;
  let rest = stripLeft(text);
  const taken = words.slice(0, limit);
  for (const word of taken) rest = stripLeft(rest.slice(word.length));
  return [...taken, rest];
}

/** `str.rsplit(sep, maxsplit)`. */
export function rsplit(text: string, sep?: unknown, maxsplit?: unknown): string[] {
  const between = separator(sep);
  const limit = limitOf(maxsplit);
  if (between === undefined) return rsplitSpace(text, limit);
  const parts = splitFromEnd(text, between);
  if (parts.length <= limit + 1) return parts;
  const cut = parts.length - limit;
  return [parts.slice(0, cut).join(between), ...parts.slice(cut)];
}

/** The parts between separators found from the end: differs from `split` where separators overlap. */
function splitFromEnd(text: string, between: string): string[] {
  const parts: string[] = [];
  let end = text.length;
  for (;;) {
    const start = end < between.length ? -1 : text.lastIndexOf(between, end - between.length);
    if (start < 0) break;
    parts.push(text.slice(start + between.length, end));
    end = start;
  }
  parts.push(text.slice(0, end));
  return parts.reverse();
}

function rsplitSpace(text: string, limit: number): string[] {
  const words = splitWords(text);
  if (words.length <= limit) return words;
  let rest = stripRight(text);
  const taken = limit === 0 ? [] : words.slice(-limit);
  for (const word of [...taken].reverse()) {
    rest = stripRight(rest.slice(0, rest.length - word.length));
  }
  return [rest, ...taken];
}

function partition(last: boolean) {
  return (text: string, sep: unknown): Tuple => {
    const between = requireText(sep);
    if (between === '') throw valueError('empty separator');
    const at = last ? text.lastIndexOf(between) : text.indexOf(between);
    if (at < 0) return last ? Tuple.make('', '', text) : Tuple.make(text, '', '');
    return Tuple.make(text.slice(0, at), between, text.slice(at + between.length));
  };
}

/** `sep.join(items)`, each of which must be a str. */
export function join(sep: string, items: unknown): string {
  if (!isIterable(items)) throw typeError('can only join an iterable');
  const parts = Array.from(iterate(items), (item, index) => {
    const text = textOf(item);
    if (text !== undefined) return text;
    throw typeError(`sequence item ${index}: expected str instance, ${typeName(item)} found`);
  });
  return joinParts(sep, parts);
}

/** The parts with `sep` between. @throws PythonError MemoryError */
export function joinParts(sep: string, parts: readonly string[]): string {
  let size = sep.length * Math.max(0, parts.length - 1);
  for (const part of parts) size += part.length;
  checkText(size);
  return parts.join(sep);
}

/** `str.replace(old, new, count)`. */
export function replaceText(
  text: string,
  { old, next, count: most }: { old: string; next: string; count: number },
): string {
  const found = old === '' ? codePointCount(text) + 1 : text.split(old).length - 1;
  const times = most < 0 ? found : Math.min(found, most);
  checkText(text.length + times * Math.max(0, next.length - old.length));
  if (times === 0) return text;
  if (old === '') {
    const all = ['', ...characters(text)];
    return all.map((part, index) => part + (index < times ? next : '')).join('');
  }
  if (times === found) return text.split(old).join(next);
  const parts = text.split(old);
  return [parts.slice(0, times + 1).join(next), ...parts.slice(times + 1)].join(old);
}

function replace(text: string, old: unknown, next: unknown, most: unknown = -1): string {
  return replaceText(text, {
    old: requireText(old, 'replace() argument 1 must be str'),
    next: requireText(next, 'replace() argument 2 must be str'),
    count: requireIndex(most),
  });
}

function expandTabs(text: string, size: unknown = 8): string {
  const width = requireIndex(size);
  let output = '';
  let column = 0;
  for (const character of text) {
    if (character === '\t') {
      const spaces = width > 0 ? width - (column % width) : 0;
      checkText(output.length + spaces);
      output += ' '.repeat(spaces);
      column += spaces;
    } else {
      output += character;
      column = character === '\n' || character === '\r' ? 0 : column + 1;
    }
  }
  return output;
}

function translate(text: string, tableOf: unknown): string {
  if (!isMapping(tableOf)) return text;
  return Array.from(text, (character) => {
    const target = mappingGet(tableOf, character.codePointAt(0));
    if (target === undefined) return character;
    if (target === null) return '';
    const code = numeric(target);
    if (typeof code === 'bigint') return String.fromCodePoint(Number(code));
    return requireText(target, 'character mapping must return integer, None or str');
  }).join('');
}

function makeTable(from: unknown, to: unknown, removed: unknown): Dict {
  const code = (key: unknown): unknown => textOf(key)?.codePointAt(0) ?? key;
  if (isMapping(from)) {
    const dict = new Dict();
    for (const key of iterate(from)) dict.set(code(key), mappingGet(from, key));
    return dict;
  }
  const sources = characters(requireText(from, 'maketrans() argument 1 must be str'));
  const targets = characters(requireText(to, 'maketrans() argument 2 must be str'));
  if (sources.length !== targets.length) {
    throw valueError('the first two maketrans arguments must have equal length');
  }
  const dict = new Dict(sources.map((source, i) => [code(source), code(targets[i])]));
  if (removed === undefined) return dict;
  const unwanted = requireText(removed, 'maketrans() argument 3 must be str');
  for (const character of unwanted) dict.set(code(character), null);
  return dict;
}

const encode: Method<string> = (self, call) =>
  named<string>(['encoding', 'errors'], (text, encoding = 'utf-8', errors = 'strict') => {
    const name = requireText(encoding, "encode() argument 'encoding' must be str");
    const handling = requireText(errors, "encode() argument 'errors' must be str");
    const bytes = encodeText(text, { encoding: name, errors: handling, dialect: call.dialect });
    return call.dialect === 'python2' ? decodeText(bytes, 'utf-8') : new Bytes(bytes);
  })(self, call);

const questions = Object.fromEntries(
  Object.entries({ ...IS, isspace: isSpace }).map(([name, test]) => [name, none<string>(test)]),
);

/** The methods of str in Python 3. */
export const STR_METHODS = table<string>({
  ...questions,
  capitalize: none(capitalize),
  casefold: none(caseFold),
  center: positional(1, 2, center),
  count: parsed(1, 3, count),
  encode,
  endswith: parsed(1, 3, hasEdge('endsWith')),
  expandtabs: named(['tabsize'], expandTabs),
  find: parsed(1, 3, search(false)),
  format: whole((text, { args, kwargs, dialect }) => formatText(text, { args, kwargs, dialect })),
  format_map: whole((text, { args, dialect }) => formatMap(text, args[0], dialect)),
  index: parsed(1, 3, searchOrFail(false)),
  join: one(join),
  ljust: positional(
    1,
    2,
    align(() => 0),
  ),
  lower: none((text) => text.toLowerCase()),
  lstrip: positional(0, 1, strip('left', 'lstrip')),
  maketrans: positional(1, 3, (_text, from, to, removed) => makeTable(from, to, removed)),
  partition: one(partition(false)),
  removeprefix: one((text, prefix) => {
    const unwanted = requireText(prefix, 'removeprefix() argument must be str');
    return text.startsWith(unwanted) ? text.slice(unwanted.length) : text;
  }),
  removesuffix: one((text, suffix) => {
    const unwanted = requireText(suffix, 'removesuffix() argument must be str');
    return unwanted !== '' && text.endsWith(unwanted) ? text.slice(0, -unwanted.length) : text;
  }),
  replace: positional(2, 3, replace),
  rfind: parsed(1, 3, search(true)),
  rindex: parsed(1, 3, searchOrFail(true)),
  rjust: positional(
    1,
    2,
    align((missing) => missing),
  ),
  rpartition: one(partition(true)),
  rsplit: named(['sep', 'maxsplit'], rsplit),
  rstrip: positional(0, 1, strip('right', 'rstrip')),
  split: named(['sep', 'maxsplit'], split),
  splitlines: named(['keepends'], (text, keepEnds = false) => splitLines(text, truth(keepEnds))),
  startswith: parsed(1, 3, hasEdge('startsWith')),
  strip: positional(0, 1, strip('both', 'strip')),
  swapcase: none(swapCase),
  title: none(titleCase),
  translate: one(translate),
  upper: none((text) => text.toUpperCase()),
  zfill: one(zfill),
});

/** What Python 2's str has beside: bytes and text are one, and some encodings are transformations. */
export const PYTHON2_STR_METHODS = table<string>({
  ...STR_METHODS,
  decode: named(['encoding', 'errors'], (text, encoding = 'utf-8') => {
    const bytes = encodeText(text, { encoding: 'utf-8', errors: 'strict', dialect: 'python2' });
    return decodeText(bytes, requireText(encoding));
  }),
});
