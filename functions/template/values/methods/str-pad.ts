import { textOf } from '../compare.ts';
import { checkText } from '../limits.ts';
import { typeError } from '../python-error.ts';
import { codePointCount } from '../text/text.ts';
import { typeName } from '../type-name.ts';
import { requireIndex } from './method.ts';

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

/** `str.ljust` and its like: how many of the missing characters go to the left. */
export function align(left: (missing: number, width: number) => number) {
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

/** `str.zfill`. */
export function zfill(text: string, width: unknown): string {
  const wanted = requireIndex(width);
  const missing = wanted - codePointCount(text);
  if (missing <= 0) return text;
  checkText(wanted);
  const sign = /^[+-]/.exec(text)?.[0] ?? '';
  return sign + '0'.repeat(missing) + text.slice(sign.length);
}
