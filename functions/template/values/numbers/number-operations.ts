import { float } from '../classes/float.ts';
import { checkBits } from '../limits.ts';
import { int, numeric, toDouble } from './numeric.ts';
import { PythonError, typeError } from '../python-error.ts';
import { typeName } from '../type-name.ts';
import { Undefined } from '../classes/undefined.ts';

const zeroDivision = (message: string): PythonError =>
  new PythonError('ZeroDivisionError', message);

/** The refusal of an operator. */
export function unsupported(operator: string, a: unknown, b: unknown): PythonError {
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

/** Applies an operation to numbers. @throws PythonError for anything else */
export function operate({ operator, ints, floats }: Operation, a: unknown, b: unknown): unknown {
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
export const isSmall = (value: unknown): value is number =>
  typeof value === 'number' && Number.isInteger(value) && Math.abs(value) < 2 ** 52;

/** `a % b` of small ints. */
export function floorRemainder(a: number, b: number): number {
  const remainder = a % b;
  if (remainder === 0) return 0;
  return remainder < 0 !== b < 0 ? remainder + b : remainder;
}

export const ADD: Operation = {
  operator: '+',
  ints: (a, b) => int(a + b),
  floats: (a, b) => float(a + b),
};
export const SUB: Operation = {
  operator: '-',
  ints: (a, b) => int(a - b),
  floats: (a, b) => float(a - b),
};
export const MUL: Operation = {
  operator: '*',
  ints: (a, b) => {
    checkBits(bitLength(a) + bitLength(b));
    return int(a * b);
  },
  floats: (a, b) => float(a * b),
};
export const DIV: Operation = {
  operator: '/',
  ints: (a, b) => {
    if (b === 0n) throw zeroDivision('division by zero');
    if (a === 0n) return float(b < 0n ? -0 : 0);
    return float(exactQuotient(a, b));
  },
  floats: (a, b) => {
    if (b === 0) throw zeroDivision('float division by zero');
    return float(a / b);
  },
};
export const FLOORDIV: Operation = {
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
export const MOD: Operation = {
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
export const POW: Operation = {
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
