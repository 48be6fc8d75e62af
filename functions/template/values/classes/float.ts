import type { Dialect } from '../dialect.ts';

/** A float with an integral value, which a JavaScript number cannot tell from an int: `4 / 2`. */
export class Float {
  readonly value: number;

  constructor(value: number) {
    this.value = value;
  }
}

/** A Python float: a plain number where that is unmistakable, a `Float` where it would look like an int. */
export const float = (value: number): number | Float =>
  Number.isInteger(value) ? new Float(value) : value;

function digitsAndExponent(text: string): { digits: string; exponent: number } {
  const [mantissa = '', exponent = '0'] = text.split('e');
  return { digits: mantissa.replace('.', ''), exponent: Number(exponent) };
}

const exponentSuffix = (exponent: number): string =>
  `e${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`;

/** Digits `d.ddd` with a decimal exponent as text, positional where the exponent is within Python's bounds. */
function layOut(digits: string, exponent: number, maxExponent: number): string {
  if (exponent < -4 || exponent >= maxExponent) {
    const fraction = digits.length > 1 ? `.${digits.slice(1)}` : '';
    return digits.charAt(0) + fraction + exponentSuffix(exponent);
  }
  if (exponent < 0) return `0.${'0'.repeat(-exponent - 1)}${digits}`;
  const whole = digits.slice(0, exponent + 1).padEnd(exponent + 1, '0');
  return `${whole}.${digits.slice(exponent + 1) || '0'}`;
}

function special(value: number): string | undefined {
  if (Number.isNaN(value)) return 'nan';
  if (value === Number.POSITIVE_INFINITY) return 'inf';
  if (value === Number.NEGATIVE_INFINITY) return '-inf';
  return undefined;
}

/** `repr(float)`: the shortest digits that read back as the same float (PEP 3101, `float_repr_style` short). */
export function floatRepr(value: number): string {
  const odd = special(value);
  if (odd !== undefined) return odd;
  const sign = value < 0 || Object.is(value, -0) ? '-' : '';
  const { digits, exponent } = digitsAndExponent(Math.abs(value).toExponential());
  return sign + layOut(digits, exponent, 16);
}

/** `str(float)`: as `repr` in Python 3, twelve significant digits in Python 2. */
export function floatStr(value: number, dialect: Dialect): string {
  if (dialect === 'jinja2') return floatRepr(value);
  const odd = special(value);
  if (odd !== undefined) return odd;
  const sign = value < 0 || Object.is(value, -0) ? '-' : '';
  const { digits, exponent } = digitsAndExponent(Math.abs(value).toExponential(11));
  return sign + layOut(digits.replace(/0+$/, '') || '0', exponent, 12);
}
