import { textOf } from '../compare.ts';
import { isIterable, iterate } from '../iteration.ts';
import { checkText } from '../limits.ts';
import { typeError, valueError } from '../python-error.ts';
import { characters, codePointCount, splitWords, stripLeft, stripRight } from '../text/text.ts';
import { Tuple } from '../classes/tuple.ts';
import { typeName } from '../type-name.ts';
import { requireIndex } from './method.ts';
import { requireText } from './str-argument.ts';

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

/** `str.partition` and `str.rpartition`. */
export function partition(last: boolean) {
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

/** `str.replace`, its arguments checked. */
export function replace(text: string, old: unknown, next: unknown, most: unknown = -1): string {
  return replaceText(text, {
    old: requireText(old, 'replace() argument 1 must be str'),
    next: requireText(next, 'replace() argument 2 must be str'),
    count: requireIndex(most),
  });
}
