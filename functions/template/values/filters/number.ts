import { div, mul, pow } from '../numbers/arithmetic.ts';
import type { Dialect } from '../dialect.ts';
import { float } from '../classes/float.ts';
import { fixed, scaled, type Ties } from '../numbers/float-digits.ts';
import { requireIndex } from '../methods/method.ts';
import { int, numeric, toDouble, truncate } from '../numbers/numeric.ts';
import { toFloat, toInteger } from '../numbers/parse-number.ts';
import { PythonError, typeError } from '../python-error.ts';
import { truth } from '../truth.ts';
import { typeName } from '../type-name.ts';
import { builtin, type FilterTable, filter, type Runtime } from './filter.ts';

function absolute(value: unknown): unknown {
  const number = numeric(value);
  if (number === undefined) throw typeError(`bad operand type for abs(): '${typeName(value)}'`);
  if (typeof number === 'number') return float(Math.abs(number));
  return int(number < 0n ? -number : number);
}

/** The value, or what replaces it where Python would raise a TypeError or ValueError. */
function attempt(convert: () => unknown, otherwise: () => unknown): unknown {
  try {
    return convert();
  } catch (error) {
    const caught =
      error instanceof PythonError &&
      ['TypeError', 'ValueError', 'UnicodeError'].includes(error.type);
    if (!caught) throw error;
    return otherwise();
  }
}

function toInt(
  _runtime: Runtime,
  value: unknown,
  otherwise: unknown = 0,
  base: unknown = 10,
): unknown {
  if (typeof value === 'number' && Number.isSafeInteger(value)) return value;
  return attempt(
    () => toInteger(value, requireIndex(base)),
    // As in Jinja2, so that "42.23"|int is 42.
    () =>
      attempt(
        () => truncate(toFloat(value)),
        () => otherwise,
      ),
  );
}

function roundInteger(value: bigint, precision: number): number | bigint {
  if (precision >= 0) return int(value);
  const unit = 10n ** BigInt(Math.min(-precision, 5000));
  const magnitude = value < 0n ? -value : value;
  const quotient = magnitude / unit;
  const twice = (magnitude % unit) * 2n;
  const up = twice > unit || (twice === unit && quotient % 2n === 1n);
  const rounded = (up ? quotient + 1n : quotient) * unit;
  return int(value < 0n ? -rounded : rounded);
}

/** `round(float, precision)` to the nearest decimal of the exact binary value. */
function roundDouble(value: number, precision: number, ties: Ties): number {
  if (!Number.isFinite(value) || precision > 323) return value;
  const isNegative = value < 0 || Object.is(value, -0);
  const magnitude =
    precision < -309 ? 0 : Number(`${scaled(value, precision, ties)}e${-precision}`);
  return isNegative ? -magnitude : magnitude;
}

function roundCommon(value: unknown, precision: unknown, dialect: Dialect): unknown {
  const number = numeric(value);
  if (number === undefined) {
    throw typeError(`type ${typeName(value)} doesn't define __round__ method`);
  }
  if (precision === null && dialect === 'jinja2') {
    return typeof number === 'bigint' ? int(number) : truncate(roundDouble(number, 0, 'even'));
  }
  const digits = requireIndex(precision);
  if (dialect === 'python2') return float(roundDouble(toDouble(number), digits, 'away'));
  if (typeof number === 'bigint') return roundInteger(number, digits);
  return float(roundDouble(number, digits, 'even'));
}

function round(
  { dialect }: Runtime,
  value: unknown,
  precision: unknown = 0,
  method: unknown = 'common',
): unknown {
  if (method !== 'common' && method !== 'ceil' && method !== 'floor') {
    throw new PythonError('FilterArgumentError', 'method must be common, ceil or floor');
  }
  if (method === 'common') return roundCommon(value, precision, dialect);
  const unit = pow(10, precision);
  const raised = numeric(mul(value, unit));
  if (raised === undefined) throw typeError(`must be real number, not ${typeName(value)}`);
  const whole = typeof raised === 'bigint' ? int(raised) : truncate(Math[method](raised));
  return div(whole, unit);
}

const UNITS = ['k', 'M', 'G', 'T', 'P', 'E', 'Z', 'Y'];

function fileSize(_runtime: Runtime, value: unknown, binary: unknown = false): string {
  const bytes = toFloat(value);
  const isBinary = truth(binary);
  const base = isBinary ? 1024 : 1000;
  if (bytes === 1) return '1 Byte';
  if (bytes < base) return `${truncate(bytes)} Bytes`;
  const last = UNITS.length - 1;
  let unit = 0;
  // Compared with exact integers, as Python does: 1e24 is less than 10 ** 24.
  while (unit < last && bytes >= BigInt(base) ** BigInt(unit + 2)) unit += 1;
  const letter = UNITS[unit] ?? '';
  const name = isBinary ? `${letter.toUpperCase()}iB` : `${letter}B`;
  return `${fixed((base * bytes) / base ** (unit + 2), 1)} ${name}`;
}

/** Filters that give or take numbers. */
export const NUMBER_FILTERS: FilterTable = {
  abs: builtin('abs', absolute),
  filesizeformat: filter(
    { name: 'do_filesizeformat', params: ['value', 'binary'], required: 1 },
    fileSize,
  ),
  float: filter(
    { name: 'do_float', params: ['value', 'default'], required: 1 },
    (_runtime, value, otherwise = float(0)) =>
      attempt(
        () => float(toFloat(value)),
        () => otherwise,
      ),
  ),
  int: filter({ name: 'do_int', params: ['value', 'default', 'base'], required: 1 }, toInt),
  round: filter({ name: 'do_round', params: ['value', 'precision', 'method'], required: 1 }, round),
};
