import { textOf } from '../compare.ts';
import type { Dialect } from '../dialect.ts';
import { escapeText } from './escape.ts';
import { exponential, fixed, general } from '../numbers/float-digits.ts';
import { checkText } from '../limits.ts';
import { Markup } from '../classes/markup.ts';
import { numeric, toDouble, truncate } from '../numbers/numeric.ts';
import { repr, str, textAscii } from '../print.ts';
import { PythonError, typeError, valueError } from '../python-error.ts';
import { codePointCount, isAstral } from './text.ts';
import { typeName } from '../type-name.ts';
import { Undefined } from '../classes/undefined.ts';

/** One conversion of a format: `%(key)#0- +width.precision type`. */
export interface Conversion {
  readonly flags: string;
  readonly width: number;
  readonly precision: number | undefined;
  readonly type: string;
  /** Where the type stands in the format, for messages. */
  readonly index: number;
}

/** How values are printed. */
export interface Printing {
  readonly dialect: Dialect;
  /** The format is Markup: what is put into it is escaped. */
  readonly markup: boolean;
}

const INTEGER_BASES: Readonly<Record<string, readonly [base: number, prefix: string]>> = {
  o: [8, '0o'],
  x: [16, '0x'],
  X: [16, '0X'],
};

function pad(body: string, { flags, width }: Conversion): string {
  checkText(width);
  const missing = width - (isAstral(body) ? codePointCount(body) : body.length);
  if (missing <= 0) return body;
  return flags.includes('-') ? body + ' '.repeat(missing) : ' '.repeat(missing) + body;
}

/** Sign, prefix and digits, with zeros between where the flags ask for them. */
function padNumber(
  { negative, prefix, digits }: { negative: boolean; prefix: string; digits: string },
  conversion: Conversion,
): string {
  const { flags, width } = conversion;
  let sign = negative ? '-' : '';
  if (!negative && flags.includes('+')) sign = '+';
  else if (!negative && flags.includes(' ')) sign = ' ';
  const head = sign + prefix;
  if (!flags.includes('0') || flags.includes('-')) return pad(head + digits, conversion);
  checkText(width);
  return head + digits.padStart(width - head.length, '0');
}

/** The argument of `%d`, `%x`, `%o` as an int. */
function integerArgument(value: unknown, type: string): bigint {
  const number = numeric(value);
  const decimal = !(type in INTEGER_BASES);
  if (typeof number === 'bigint') return number;
  if (number !== undefined && decimal) return BigInt(truncate(number));
  if (value instanceof Undefined && decimal) throw value.error();
  throw typeError(
    `%${type} format: ${decimal ? 'a real number' : 'an integer'} is required, not ${typeName(value)}`,
  );
}

function formatInteger(value: unknown, conversion: Conversion): string {
  const { type, flags, precision = 0 } = conversion;
  const number = integerArgument(value, type);
  const [base, prefix] = INTEGER_BASES[type] ?? [10, ''];
  const magnitude = (number < 0n ? -number : number).toString(base);
  checkText(precision);
  const padded = magnitude.padStart(precision, '0');
  return padNumber(
    {
      negative: number < 0n,
      prefix: flags.includes('#') ? prefix : '',
      digits: type === 'X' ? padded.toUpperCase() : padded,
    },
    conversion,
  );
}

function floatDigits(value: number, { type, precision = 6, flags }: Conversion): string {
  const alternate = flags.includes('#');
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return 'inf';
  const point = alternate && precision === 0 ? '.' : '';
  switch (type.toLowerCase()) {
    case 'f':
      return fixed(value, precision) + point;
    case 'e':
      return exponential(value, precision).replace('e', `${point}e`);
    default:
      return general(value, { precision, alternate });
  }
}

function formatFloat(value: unknown, conversion: Conversion): string {
  const number = numeric(value);
  if (number === undefined) {
    if (value instanceof Undefined) throw value.error();
    throw typeError(`must be real number, not ${typeName(value)}`);
  }
  const double = toDouble(number);
  const digits = floatDigits(double, conversion);
  const upper = conversion.type < 'a';
  return padNumber(
    {
      negative: double < 0 || Object.is(double, -0),
      prefix: '',
      digits: upper ? digits.toUpperCase() : digits,
    },
    Number.isFinite(double)
      ? conversion
      : { ...conversion, flags: conversion.flags.replace('0', '') },
  );
}

function formatCharacter(value: unknown, conversion: Conversion): string {
  const text = textOf(value);
  if (text !== undefined && codePointCount(text) === 1) return pad(text, conversion);
  const number = numeric(value);
  if (typeof number !== 'bigint') throw typeError('%c requires int or char');
  if (number < 0n || number > 0x10ffffn) {
    throw new PythonError('OverflowError', '%c arg not in range(0x110000)');
  }
  return pad(String.fromCodePoint(Number(number)), conversion);
}

function plainText(value: unknown, type: string, { dialect, markup }: Printing): string {
  if (type === 's') {
    if (!markup) return str(value, dialect);
    return value instanceof Markup ? value.text : escapeText(str(value, dialect));
  }
  const text = repr(value, dialect);
  const shown = type === 'a' ? textAscii(text) : text;
  return markup ? escapeText(shown) : shown;
}

function formatText(value: unknown, conversion: Conversion, printing: Printing): string {
  const text = plainText(value, conversion.type, printing);
  const { precision } = conversion;
  if (precision === undefined) return pad(text, conversion);
  const cut = isAstral(text)
    ? Array.from(text).slice(0, precision).join('')
    : text.slice(0, precision);
  return pad(cut, conversion);
}

/** A value as one conversion has it. @throws PythonError TypeError, ValueError, OverflowError */
export function convert(value: unknown, conversion: Conversion, printing: Printing): string {
  switch (conversion.type) {
    case 's':
    case 'r':
    case 'a':
      return formatText(value, conversion, printing);
    case 'd':
    case 'i':
    case 'u':
    case 'o':
    case 'x':
    case 'X':
      return formatInteger(value, conversion);
    case 'e':
    case 'E':
    case 'f':
    case 'F':
    case 'g':
    case 'G':
      return formatFloat(value, conversion);
    case 'c':
      return formatCharacter(value, conversion);
    default: {
      const code = conversion.type.codePointAt(0) ?? 0;
      const shown = code > 30 && code < 127 ? conversion.type : '?';
      throw valueError(
        `unsupported format character '${shown}' (0x${code.toString(16)}) at index ${conversion.index}`,
      );
    }
  }
}
