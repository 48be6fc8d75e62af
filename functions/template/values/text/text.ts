import { plain } from './foreign.ts';
import { checkText } from '../limits.ts';

const SURROGATE = /[\ud800-\udfff]/;

/** Whether positions in the text differ between UTF-16 units and Python's code points. */
export const isAstral = (text: string): boolean => SURROGATE.test(text);

/** `len(text)`. */
export function codePointCount(text: string): number {
  if (!isAstral(text)) return text.length;
  let count = 0;
  for (const _ of text) count++;
  return count;
}

/** The text's characters, by code point. */
export const characters = (text: string): string[] =>
  isAstral(text) ? Array.from(text) : text.split('');

/** `text * count`. @throws PythonError MemoryError */
export function repeatText(text: string, count: number): string {
  if (count <= 0 || text === '') return '';
  checkText(text.length * count);
  return text.repeat(count);
}

/** Negative, zero or positive as Python orders two strings: by code point. */
export function compareText(a: string, b: string): number {
  if (a === b) return 0;
  if (!isAstral(a) && !isAstral(b)) return a < b ? -1 : 1;
  const left = Array.from(plain(a));
  const right = Array.from(plain(b));
  const shared = Math.min(left.length, right.length);
  for (let i = 0; i < shared; i++) {
    const difference = (left[i]?.codePointAt(0) ?? 0) - (right[i]?.codePointAt(0) ?? 0);
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}

const WHITESPACE =
  '\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000';
const LEADING_SPACE = new RegExp(`^[${WHITESPACE}]+`);
const SPACES = new RegExp(`[${WHITESPACE}]+`);
const ONLY_SPACE = new RegExp(`^[${WHITESPACE}]+$`);
const IS_SPACE = new RegExp(`[${WHITESPACE}]`);

/** `str.isspace()`. */
export const isSpace = (text: string): boolean => ONLY_SPACE.test(text);

export const stripLeft = (text: string): string => text.replace(LEADING_SPACE, '');

/** `str.rstrip()`; a loop, since a regular expression anchored at the end is quadratic. */
export function stripRight(text: string): string {
  let end = text.length;
  while (end > 0 && IS_SPACE.test(text.charAt(end - 1))) end--;
  return text.slice(0, end);
}

/** The words between Python's white space, `str.split()`. */
export const splitWords = (text: string): string[] =>
  text.split(SPACES).filter((word) => word !== '');

const LINE_ENDS = '\\n\\v\\f\\r\\x1c-\\x1e\\x85\\u2028\\u2029';

/** `str.splitlines(keepends)`. */
export function splitLines(text: string, keepEnds = false): string[] {
  const lines: string[] = [];
  const ends = new RegExp(`\\r\\n|[${LINE_ENDS}]`, 'g');
  let start = 0;
  for (let end = ends.exec(text); end !== null; end = ends.exec(text)) {
    lines.push(text.slice(start, keepEnds ? ends.lastIndex : end.index));
    start = ends.lastIndex;
  }
  if (start < text.length) lines.push(text.slice(start));
  return lines;
}
