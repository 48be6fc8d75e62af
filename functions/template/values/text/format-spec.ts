import { spread } from './aware.ts';
import { textOf } from '../compare.ts';
import type { Dialect } from '../dialect.ts';
import { floatRepr } from '../classes/float.ts';
import { exponential, fixed, general } from '../numbers/float-digits.ts';
import { isForeign, plain } from './foreign.ts';
import { checkText } from '../limits.ts';
import { numeric, toDouble } from '../numbers/numeric.ts';
import { str } from '../print.ts';
import { PythonError, typeError, valueError } from '../python-error.ts';
import { codePointCount } from './text.ts';
import { typeName } from '../type-name.ts';

/** A format specification (Python's library reference, "Format Specification Mini-Language"). */
interface Spec {
  readonly fill: string;
  readonly align: string;
  readonly sign: string;
  /** `z`: a result of minus zero loses its sign. */
  readonly unsignedZero: boolean;
  readonly alternate: boolean;
  readonly width: number;
  readonly grouping: string;
  readonly precision: number | undefined;
  readonly type: string;
}

const SPEC = /^(?:(.)?([<>=^]))?([-+ ]?)(z?)(#?)(0?)(\d*)([,_]?)(?:\.(\d+))?([^.]?)$/su;

/** Separators go with decimal numbers; `_` with the other bases too. */
function checkGrouping(grouping: string, type: string): void {
  if (grouping === '' || type === '' || 'deEfFgG%'.includes(type)) return;
  if (grouping === '_' && 'boxX'.includes(type)) return;
  throw valueError(`Cannot specify '${grouping}' with '${shownType(type)}'.`);
}

function parseSpec(text: string, value: unknown): Spec {
  const match = SPEC.exec(text);
  if (match === null) {
    if (/\.(?!\d)/.test(text)) throw valueError('Format specifier missing precision');
    throw valueError(`Invalid format specifier '${text}' for object of type '${typeName(value)}'`);
  }
  const [, fill, align, sign = '', z, hash, zero, width = '', grouping = '', precision, type = ''] =
    match;
  checkGrouping(grouping, type);
  return {
    fill: fill ?? (zero ? '0' : ' '),
    align: align ?? (zero && textOf(value) === undefined ? '=' : ''),
    sign,
    unsignedZero: z === 'z',
    alternate: hash === '#',
    width: width === '' ? 0 : Number(width),
    grouping,
    precision: precision === undefined ? undefined : Number(precision),
    type,
  };
}

function pad(body: string, spec: Spec, otherwise: '<' | '>'): string {
  checkText(spec.width);
  const missing = spec.width - codePointCount(body);
  if (missing <= 0) return body;
  const before =
    { '<': 0, '>': missing, '^': Math.floor(missing / 2) }[spec.align || otherwise] ?? missing;
  return spec.fill.repeat(before) + body + spec.fill.repeat(missing - before);
}

const group = (digits: string, separator: string, size: number): string => {
  const first = digits.length % size || size;
  const groups = [digits.slice(0, first)];
  for (let i = first; i < digits.length; i += size) groups.push(digits.slice(i, i + size));
  return groups.join(separator);
};

/** A number's parts, before sign, grouping and padding are applied. */
interface Parts {
  readonly negative: boolean;
  readonly prefix: string;
  /** Digits before the point. */
  readonly whole: string;
  /** Everything from the point on: fraction, exponent, percent sign. */
  readonly rest: string;
  readonly groupSize: number;
}

/** The whole digits with zeros before them until the field is full, the separators counted. */
function zeroFill(parts: Parts, spec: Spec, room: number): string {
  const { whole, groupSize } = parts;
  if (spec.grouping === '') return whole.padStart(room, '0');
  let count = Math.max(whole.length, Math.floor((room * groupSize) / (groupSize + 1)) - 1);
  while (count + Math.floor((count - 1) / groupSize) < room) count += 1;
  return group(whole.padStart(count, '0'), spec.grouping, groupSize);
}

function assemble(parts: Parts, spec: Spec): string {
  const sign = parts.negative ? '-' : spec.sign === '-' ? '' : spec.sign;
  const head = sign + parts.prefix;
  if (spec.align !== '=') {
    const whole = spec.grouping ? group(parts.whole, spec.grouping, parts.groupSize) : parts.whole;
    return pad(head + whole + parts.rest, spec, '>');
  }
  checkText(spec.width);
  const room = spec.width - codePointCount(head) - parts.rest.length;
  if (spec.fill === '0') return head + zeroFill(parts, spec, room) + parts.rest;
  const whole = spec.grouping ? group(parts.whole, spec.grouping, parts.groupSize) : parts.whole;
  return head + spec.fill.repeat(Math.max(0, room - whole.length)) + whole + parts.rest;
}

/** A type as messages show it. */
const shownType = (type: string): string => {
  const code = type.codePointAt(0) ?? 0;
  return code > 32 && code < 128 ? type : `\\x${code.toString(16)}`;
};

const unknownCode = (type: string, value: unknown): PythonError =>
  valueError(`Unknown format code '${shownType(type)}' for object of type '${typeName(value)}'`);

const BASES: Readonly<Record<string, readonly [base: number, prefix: string]>> = {
  b: [2, '0b'],
  o: [8, '0o'],
  x: [16, '0x'],
  X: [16, '0X'],
};

function formatInt(value: unknown, number: bigint, spec: Spec): string {
  const type = spec.type || 'd';
  if ('eEfFgG%'.includes(type)) return formatDouble(value, toDouble(number), spec);
  if (!'bcdoxXn'.includes(type)) throw unknownCode(type, value);
  if (spec.unsignedZero) {
    throw valueError('Negative zero coercion (z) not allowed in integer format specifier');
  }
  if (spec.precision !== undefined) {
    throw valueError('Precision not allowed in integer format specifier');
  }
  if (type === 'c') return formatCodePoint(number, spec);
  const [base, prefix] = Object.hasOwn(BASES, type) ? (BASES[type] ?? [10, '']) : [10, ''];
  const digits = (number < 0n ? -number : number).toString(base);
  return assemble(
    {
      negative: number < 0n,
      prefix: spec.alternate ? prefix : '',
      whole: type === 'X' ? digits.toUpperCase() : digits,
      rest: '',
      groupSize: base === 10 ? 3 : 4,
    },
    spec,
  );
}

function formatCodePoint(number: bigint, spec: Spec): string {
  if (spec.sign !== '') throw valueError("Sign not allowed with integer format specifier 'c'");
  if (spec.alternate) {
    throw valueError("Alternate form (#) not allowed with integer format specifier 'c'");
  }
  if (number < 0n || number > 0x10ffffn) {
    throw new PythonError('OverflowError', '%c arg not in range(0x110000)');
  }
  return pad(String.fromCodePoint(Number(number)), spec, '>');
}

/** The digits of a float by the specification's type, without a sign. */
function doubleDigits(value: number, spec: Spec): string {
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return 'inf';
  const { type, precision = 6, alternate } = spec;
  const point = alternate && precision === 0 ? '.' : '';
  switch (type.toLowerCase()) {
    case 'f':
      return fixed(value, precision) + point;
    case 'e':
      return exponential(value, precision).replace('e', `${point}e`);
    case '%':
      return `${fixed(value * 100, precision)}${point}%`;
    case '':
      if (spec.precision === undefined) return floatRepr(Math.abs(value));
      return general(value, { precision, alternate, keepPoint: true });
    default:
      return general(value, { precision, alternate });
  }
}

function formatDouble(value: unknown, number: number, spec: Spec): string {
  if (!['', 'e', 'E', 'f', 'F', 'g', 'G', 'n', '%'].includes(spec.type)) {
    throw unknownCode(spec.type, value);
  }
  const digits = doubleDigits(number, spec);
  const shown = /[EFG]/.test(spec.type) ? digits.toUpperCase() : digits;
  const end = /[^0-9]/.exec(shown)?.index ?? shown.length;
  return assemble(
    {
      negative:
        (number < 0 || Object.is(number, -0)) && !(spec.unsignedZero && !/[1-9]/.test(digits)),
      prefix: '',
      whole: Number.isFinite(number) ? shown.slice(0, end) : shown,
      rest: Number.isFinite(number) ? shown.slice(end) : '',
      groupSize: 3,
    },
    spec,
  );
}

function formatString(value: unknown, text: string, spec: Spec): string {
  if (spec.type !== '' && spec.type !== 's') throw unknownCode(spec.type, value);
  if (spec.sign !== '') {
    const what = spec.sign === ' ' ? 'Space' : 'Sign';
    throw valueError(`${what} not allowed in string format specifier`);
  }
  if (spec.unsignedZero) {
    throw valueError('Negative zero coercion (z) not allowed in string format specifier');
  }
  if (spec.alternate) {
    throw valueError('Alternate form (#) not allowed in string format specifier');
  }
  if (spec.align === '=') {
    throw valueError("'=' alignment not allowed in string format specifier");
  }
  if (spec.grouping !== '') throw valueError(`Cannot specify '${spec.grouping}' with 's'.`);
  const cut =
    spec.precision === undefined ? text : Array.from(text).slice(0, spec.precision).join('');
  return pad(cut, spec, '<');
}

/** `format(value, spec)`. @throws PythonError ValueError, TypeError */
export function formatValue(value: unknown, specText: string, dialect: Dialect = 'jinja2'): string {
  if (isForeign(specText)) return spread(formatValue(value, plain(specText), dialect), [specText]);
  if (specText === '') return str(value, dialect);
  const text = textOf(value);
  if (text !== undefined) return formatString(value, text, parseSpec(specText, value));
  const number = numeric(value);
  if (typeof number === 'bigint') return formatInt(value, number, parseSpec(specText, value));
  if (number !== undefined) return formatDouble(value, number, parseSpec(specText, value));
  throw typeError(`unsupported format string passed to ${typeName(value)}.__format__`);
}
