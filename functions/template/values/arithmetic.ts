import { Bytes } from './bytes.ts';
import { textOf } from './compare.ts';
import type { Dialect } from './dialect.ts';
import { float } from './float.ts';
import { checkBits, checkItems, checkText } from './limits.ts';
import { escapeText, Markup } from './markup.ts';
import { asIndex, int, numeric, toDouble } from './numeric.ts';
import { formatPercent } from './percent.ts';
import { PythonError, typeError } from './python-error.ts';
import { repeatText } from './text.ts';
import { Tuple } from './tuple.ts';
import { typeName } from './type-name.ts';
import { Undefined } from './undefined.ts';

const zeroDivision = (message: string): PythonError =>
  new PythonError('ZeroDivisionError', message);

function unsupported(operator: string, a: unknown, b: unknown): PythonError {
  if (a instanceof Undefined) return a.error();
  if (b instanceof Undefined) return b.error();
  return typeError(
    `unsupported operand type(s) for ${operator}: '${typeName(a)}' and '${typeName(b)}'`,
  );
}

/** What an operator does with two ints and with two floats. */
interface Operation {
  readonly operator: string;
  readonly ints: (a: bigint, b: bigint) => unknown;
  readonly floats: (a: number, b: number) => unknown;
}

function operate({ operator, ints, floats }: Operation, a: unknown, b: unknown): unknown {
  const left = numeric(a);
  const right = numeric(b);
  if (left === undefined || right === undefined) throw unsupported(operator, a, b);
  if (typeof left === 'bigint' && typeof right === 'bigint') return ints(left, right);
  return floats(toDouble(left), toDouble(right));
}

const bitLength = (value: bigint): number => value.toString(16).length * 4;

function floorQuotient(a: bigint, b: bigint): bigint {
  const quotient = a / b;
  return a % b !== 0n && a < 0n !== b < 0n ? quotient - 1n : quotient;
}

/** `a % b` of floats: the remainder has the sign of the divisor (CPython's `float_rem`). */
function floatRemainder(a: number, b: number): number {
  const remainder = a % b;
  if (remainder === 0) return b < 0 ? -0 : 0;
  return remainder < 0 !== b < 0 ? remainder + b : remainder;
}

/** `a // b` of floats (CPython's `_float_div_mod`). */
function floatFloorQuotient(a: number, b: number): number {
  const remainder = a % b;
  const exact = (a - remainder) / b;
  const quotient = remainder !== 0 && remainder < 0 !== b < 0 ? exact - 1 : exact;
  if (quotient === 0) return a / b < 0 || Object.is(a / b, -0) ? -0 : 0;
  const floor = Math.floor(quotient);
  return quotient - floor > 0.5 ? floor + 1 : floor;
}

/** An int that JavaScript computes with exactly. */
const isSmall = (value: unknown): value is number =>
  typeof value === 'number' && Number.isInteger(value) && Math.abs(value) < 2 ** 52;

/** `a % b` of small ints. */
function floorRemainder(a: number, b: number): number {
  const remainder = a % b;
  if (remainder === 0) return 0;
  return remainder < 0 !== b < 0 ? remainder + b : remainder;
}

const ADD: Operation = {
  operator: '+',
  ints: (a, b) => int(a + b),
  floats: (a, b) => float(a + b),
};
const SUB: Operation = {
  operator: '-',
  ints: (a, b) => int(a - b),
  floats: (a, b) => float(a - b),
};
const MUL: Operation = {
  operator: '*',
  ints: (a, b) => {
    checkBits(bitLength(a) + bitLength(b));
    return int(a * b);
  },
  floats: (a, b) => float(a * b),
};
const DIV: Operation = {
  operator: '/',
  ints: (a, b) => {
    if (b === 0n) throw zeroDivision('division by zero');
    return float(exactQuotient(a, b));
  },
  floats: (a, b) => {
    if (b === 0) throw zeroDivision('float division by zero');
    return float(a / b);
  },
};
const FLOORDIV: Operation = {
  operator: '//',
  ints: (a, b) => {
    if (b === 0n) throw zeroDivision('integer division or modulo by zero');
    return int(floorQuotient(a, b));
  },
  floats: (a, b) => {
    if (b === 0) throw zeroDivision('float floor division by zero');
    return float(floatFloorQuotient(a, b));
  },
};
const MOD: Operation = {
  operator: '%',
  ints: (a, b) => {
    if (b === 0n) throw zeroDivision('integer modulo by zero');
    return int(a - floorQuotient(a, b) * b);
  },
  floats: (a, b) => {
    if (b === 0) throw zeroDivision('float modulo');
    return float(floatRemainder(a, b));
  },
};
const POW: Operation = {
  operator: '** or pow()',
  ints: (a, b) => {
    if (b < 0n) return floatPower(toDouble(a), toDouble(b));
    if (a !== 0n && a !== 1n && a !== -1n) checkBits((bitLength(a) - 3) * Number(b));
    return int(a ** b);
  },
  floats: floatPower,
};

/** `a / b` of ints, rounded once; the ints may be larger than any float. */
function exactQuotient(a: bigint, b: bigint): number {
  const left = Number(a);
  const right = Number(b);
  if (Number.isSafeInteger(left) && Number.isSafeInteger(right)) return left / right;
  const scale = BigInt(Math.max(0, bitLength(b) - bitLength(a) + 70));
  const scaled = Number((a << scale) / b);
  const quotient = scaled / 2 ** Number(scale);
  if (!Number.isFinite(quotient)) {
    throw new PythonError('OverflowError', 'integer division result too large for a float');
  }
  return quotient;
}

function floatPower(a: number, b: number): unknown {
  if (a === 0 && b < 0) {
    throw zeroDivision('0.0 cannot be raised to a negative power');
  }
  if (a === 1) return float(1);
  if (a < 0 && Number.isFinite(a) && Number.isFinite(b) && !Number.isInteger(b)) {
    throw new PythonError('ValueError', 'complex numbers are not supported');
  }
  const power = a ** b;
  if (!Number.isFinite(power) && Number.isFinite(a) && Number.isFinite(b)) {
    throw new PythonError('OverflowError', "(34, 'Numerical result out of range')");
  }
  return float(power);
}

const concatenationError = (kind: string, other: unknown): PythonError =>
  typeError(`can only concatenate ${kind} (not "${typeName(other)}") to ${kind}`);

function addText(a: unknown, b: unknown): unknown {
  const left = textOf(a);
  const right = textOf(b);
  if (left === undefined || right === undefined) {
    if (b instanceof Undefined) throw b.error();
    const isStr = typeof a === 'string';
    throw isStr ? concatenationError('str', b) : unsupported('+', a, b);
  }
  checkText(left.length + right.length);
  if (!(a instanceof Markup) && !(b instanceof Markup)) return left + right;
  return new Markup(escapeUnlessMarkup(a, left) + escapeUnlessMarkup(b, right));
}

const escapeUnlessMarkup = (value: unknown, text: string): string =>
  value instanceof Markup ? text : escapeText(text);

function addSequences(a: readonly unknown[], b: unknown): unknown {
  const isTuple = a instanceof Tuple;
  if (!Array.isArray(b) || b instanceof Tuple !== isTuple) {
    if (b instanceof Undefined) throw b.error();
    throw concatenationError(isTuple ? 'tuple' : 'list', b);
  }
  checkItems(a.length + b.length);
  const items = [...a, ...b];
  return isTuple ? Tuple.wrap(items) : items;
}

function addBytes(a: Bytes, b: unknown): Bytes {
  if (b instanceof Bytes) return new Bytes(a.latin1 + b.latin1);
  if (b instanceof Undefined) throw b.error();
  throw typeError(`can't concat ${typeName(b)} to bytes`);
}

/** `a + b`. */
export function add(a: unknown, b: unknown): unknown {
  if (typeof a === 'number' && typeof b === 'number') {
    const sum = a + b;
    if (Number.isSafeInteger(sum) && Number.isInteger(a) && Number.isInteger(b)) return sum;
  } else if (typeof a === 'string' && typeof b === 'string') {
    checkText(a.length + b.length);
    return a + b;
  }
  if (Array.isArray(a)) return addSequences(a, b);
  if (a instanceof Bytes) return addBytes(a, b);
  if (textOf(a) !== undefined || (textOf(b) !== undefined && b instanceof Markup)) {
    return addText(a, b);
  }
  return operate(ADD, a, b);
}

/** `a - b`. */
export function sub(a: unknown, b: unknown): unknown {
  if (typeof a === 'number' && typeof b === 'number') {
    const difference = a - b;
    if (Number.isSafeInteger(difference) && Number.isInteger(a) && Number.isInteger(b)) {
      return difference;
    }
  }
  return operate(SUB, a, b);
}

const isSequence = (value: unknown): boolean =>
  textOf(value) !== undefined || Array.isArray(value) || value instanceof Bytes;

function repeatSequence(sequence: unknown, times: unknown): unknown {
  if (times instanceof Undefined) throw times.error();
  const count = asIndex(times);
  if (count === undefined) {
    throw typeError(`can't multiply sequence by non-int of type '${typeName(times)}'`);
  }
  if (typeof sequence === 'string') return repeatText(sequence, count);
  if (sequence instanceof Markup) return new Markup(repeatText(sequence.text, count));
  if (sequence instanceof Bytes) return new Bytes(repeatText(sequence.latin1, count));
  const items = sequence as readonly unknown[];
  checkItems(items.length * Math.max(0, count));
  const repeated: unknown[] = [];
  if (items.length > 0) for (let i = 0; i < count; i++) repeated.push(...items);
  return items instanceof Tuple ? Tuple.wrap(repeated) : repeated;
}

/** `a * b`. */
export function mul(a: unknown, b: unknown): unknown {
  if (typeof a === 'number' && typeof b === 'number') {
    const product = a * b;
    if (Number.isSafeInteger(product) && Number.isInteger(a) && Number.isInteger(b)) {
      return product === 0 ? 0 : product;
    }
  }
  if (isSequence(a)) return repeatSequence(a, b);
  if (isSequence(b)) return repeatSequence(b, a);
  return operate(MUL, a, b);
}

/** `a / b`: always true division, in Jinja2 2.8 on Python 2 too. */
export function div(a: unknown, b: unknown): unknown {
  if (isSmall(a) && isSmall(b) && b !== 0) return float(a / b);
  return operate(DIV, a, b);
}

/** `a // b`. */
export function floordiv(a: unknown, b: unknown): unknown {
  if (isSmall(a) && isSmall(b) && b !== 0) return (a - floorRemainder(a, b)) / b;
  return operate(FLOORDIV, a, b);
}

/** `a % b`: a remainder, or a str formatted with its arguments. */
export function mod(a: unknown, b: unknown, dialect: Dialect = 'jinja2'): unknown {
  if (typeof a === 'string' || a instanceof Markup) return formatPercent(a, b, dialect);
  if (isSmall(a) && isSmall(b) && b !== 0) return floorRemainder(a, b);
  return operate(MOD, a, b);
}

/** `a ** b`. */
export function pow(a: unknown, b: unknown): unknown {
  return operate(POW, a, b);
}

function unary(operator: string, value: unknown): bigint | number {
  const number = numeric(value);
  if (number !== undefined) return number;
  if (value instanceof Undefined) throw value.error();
  throw typeError(`bad operand type for unary ${operator}: '${typeName(value)}'`);
}

/** `-value`. */
export function neg(value: unknown): unknown {
  if (isSmall(value)) return 0 - value;
  const number = unary('-', value);
  return typeof number === 'bigint' ? int(-number) : float(-number);
}

/** `+value`. */
export function pos(value: unknown): unknown {
  const number = unary('+', value);
  return typeof number === 'bigint' ? int(number) : float(number);
}
