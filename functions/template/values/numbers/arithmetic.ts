import { Bytes } from '../classes/bytes.ts';
import { textOf } from '../compare.ts';
import type { Dialect } from '../dialect.ts';
import { escapeText } from '../text/escape.ts';
import { float } from '../classes/float.ts';
import { checkItems, checkText } from '../limits.ts';
import { Markup } from '../classes/markup.ts';
import {
  ADD,
  DIV,
  FLOORDIV,
  floorRemainder,
  isSmall,
  MOD,
  MUL,
  operate,
  POW,
  SUB,
  unsupported,
} from './number-operations.ts';
import { asIndex, int, numeric } from './numeric.ts';
import { formatPercent } from '../text/percent.ts';
import { PythonError, typeError } from '../python-error.ts';
import { repeatText } from '../text/text.ts';
import { Tuple } from '../classes/tuple.ts';
import { typeName } from '../type-name.ts';
import { Undefined } from '../classes/undefined.ts';

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
  if (b instanceof Bytes) return new Bytes(a.latin1 + b.latin1, a.source + b.source);
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

/** What `Py_ssize_t` holds less than. */
const MAX_INDEX = 2 ** 63;

function repeatSequence(sequence: unknown, times: unknown): unknown {
  if (times instanceof Undefined) throw times.error();
  const count = asIndex(times);
  if (count === undefined) {
    throw typeError(`can't multiply sequence by non-int of type '${typeName(times)}'`);
  }
  if (count >= MAX_INDEX || count < -MAX_INDEX) {
    throw new PythonError('OverflowError', "cannot fit 'int' into an index-sized integer");
  }
  if (typeof sequence === 'string') return repeatText(sequence, count);
  if (sequence instanceof Markup) return new Markup(repeatText(sequence.text, count));
  if (sequence instanceof Bytes)
    return new Bytes(repeatText(sequence.latin1, count), sequence.source);
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
