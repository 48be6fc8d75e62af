import { textOf } from '../compare.ts';
import { numeric } from '../numbers/numeric.ts';
import { typeError, valueError } from '../python-error.ts';
import { codePointCount, isAstral } from '../text/text.ts';
import { Tuple } from '../classes/tuple.ts';
import { typeName } from '../type-name.ts';
import { requireText } from './str-argument.ts';

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

/** `str.find` and `str.rfind`. */
export function search(last: boolean): (text: string, ...args: unknown[]) => number {
  return (text, sub, start, stop) => {
    const found = section(text, start, stop);
    const wanted = requireText(sub);
    if (found === undefined) return -1;
    const unit = last ? found.part.lastIndexOf(wanted) : found.part.indexOf(wanted);
    return unit < 0 ? -1 : found.offset + pointIndex(found.part, unit);
  };
}

/** `str.index` and `str.rindex`. */
export function searchOrFail(last: boolean): (text: string, ...args: unknown[]) => number {
  const find = search(last);
  return (text, ...args) => {
    const index = find(text, ...args);
    if (index < 0) throw valueError('substring not found');
    return index;
  };
}

/** `str.count`. */
export function count(text: string, sub: unknown, start: unknown, stop: unknown): number {
  const found = section(text, start, stop);
  const wanted = requireText(sub);
  if (found === undefined) return 0;
  if (wanted === '') return codePointCount(found.part) + 1;
  return found.part.split(wanted).length - 1;
}

type Edge = 'startsWith' | 'endsWith';

/** `str.startswith` and `str.endswith`. */
export function hasEdge(edge: Edge): (text: string, ...args: unknown[]) => boolean {
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
