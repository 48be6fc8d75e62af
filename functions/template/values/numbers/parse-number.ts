import { textOf } from '../compare.ts';
import { plain } from '../text/foreign.ts';
import { int, numeric, toDouble, truncate } from './numeric.ts';
import { repr } from '../print.ts';
import { type PythonError, typeError, valueError } from '../python-error.ts';
import { stripLeft, stripRight } from '../text/text.ts';
import { typeName } from '../type-name.ts';
import { Undefined } from '../classes/undefined.ts';

const MAX_DIGITS = 4300;
const PREFIXES: Readonly<Record<string, number>> = { '0x': 16, '0o': 8, '0b': 2 };
const FLOAT =
  /^[+-]?(?:\d+(?:_\d+)*\.?(?:\d+(?:_\d+)*)?|\.\d+(?:_\d+)*)(?:[eE][+-]?\d+(?:_\d+)*)?$/;

const strip = (text: string): string => stripRight(stripLeft(plain(text)));

/** Digits of other scripts as ASCII ones. */
const asciiDigits = (text: string): string =>
  !/[\u0080-\uffff]/.test(text)
    ? text
    : text.replace(/\p{Nd}/gu, (digit) => {
        const code = digit.codePointAt(0) ?? 0;
        let zero = code;
        while (code - zero < 9 && /\p{Nd}/u.test(String.fromCodePoint(zero - 1))) zero--;
        return String((code - zero) % 10);
      });

function digitsValue(digits: string, base: number): bigint | undefined {
  let value = 0n;
  const radix = BigInt(base);
  for (const digit of digits) {
    const number = Number.parseInt(digit, 36);
    if (Number.isNaN(number) || number >= base) return undefined;
    value = value * radix + BigInt(number);
  }
  return value;
}

const invalidLiteral = (text: string, base: number): PythonError =>
  valueError(`invalid literal for int() with base ${base}: ${repr(plain(text))}`);

/** `int(text, base)`. @throws PythonError ValueError */
export function parseInteger(text: string, base = 10): number | bigint {
  if (base !== 0 && (base < 2 || base > 36)) {
    throw valueError('int() base must be >= 2 and <= 36, or 0');
  }
  const [, sign, rest = ''] = /^([+-]?)(.*)$/s.exec(asciiDigits(strip(text))) ?? [];
  const prefixBase = PREFIXES[rest.slice(0, 2).toLowerCase()];
  const prefixed = prefixBase !== undefined && (base === 0 || base === prefixBase);
  const body = prefixed ? rest.slice(2).replace(/^_/, '') : rest;
  const radix = base === 0 ? (prefixBase ?? 10) : base;
  if (!/^[0-9a-z]+(?:_[0-9a-z]+)*$/i.test(body)) throw invalidLiteral(text, base);
  if (base === 0 && !prefixed && /^0[0_]*[1-9]/.test(body)) throw invalidLiteral(text, base);
  const digits = body.replaceAll('_', '');
  if (digits.length > MAX_DIGITS && (radix & (radix - 1)) !== 0) {
    throw valueError(
      `Exceeds the limit (${MAX_DIGITS} digits) for integer string conversion: value has ${digits.length} digits; use sys.set_int_max_str_digits() to increase the limit`,
    );
  }
  const value = radix === 10 && /^\d+$/.test(digits) ? BigInt(digits) : digitsValue(digits, radix);
  if (value === undefined) throw invalidLiteral(text, base);
  return int(sign === '-' ? -value : value);
}

/** `float(text)`. @throws PythonError ValueError */
export function parseFloatText(text: string): number {
  const bare = asciiDigits(strip(text));
  if (FLOAT.test(bare)) return Number(bare.replaceAll('_', ''));
  const named = /^([+-]?)(inf|infinity|nan)$/i.exec(bare);
  if (named === null) throw valueError(`could not convert string to float: ${repr(plain(text))}`);
  if (named[2]?.toLowerCase() === 'nan') return Number.NaN;
  return named[1] === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
}

/** `float(value)` as a double. @throws PythonError */
export function toFloat(value: unknown): number {
  const number = numeric(value);
  if (number !== undefined) return toDouble(number);
  const text = textOf(value);
  if (text !== undefined) return parseFloatText(text);
  if (value instanceof Undefined) throw value.error();
  throw typeError(`float() argument must be a string or a real number, not '${typeName(value)}'`);
}

/** `int(value)`, or `int(value, base)` for a str. @throws PythonError */
export function toInteger(value: unknown, base: number): number | bigint {
  const text = textOf(value);
  if (text !== undefined) return parseInteger(text, base);
  const number = numeric(value);
  if (typeof number === 'bigint') return int(number);
  if (number !== undefined) return truncate(number);
  if (value instanceof Undefined) throw value.error();
  throw typeError(
    `int() argument must be a string, a bytes-like object or a real number, not '${typeName(value)}'`,
  );
}
