import { checkText } from '../limits.ts';

/** A float's digits to a given precision, rounded half to even from its exact binary value as C's printf does. */

const bits = new DataView(new ArrayBuffer(8));

/** `|value| = mantissa * 2 ** exponent`, exactly. */
function decompose(value: number): { mantissa: bigint; exponent: number } {
  bits.setFloat64(0, value);
  const raw = bits.getBigUint64(0) & 0x7fff_ffff_ffff_ffffn;
  const biased = Number(raw >> 52n);
  const fraction = raw & 0xf_ffff_ffff_ffffn;
  if (biased === 0) return { mantissa: fraction, exponent: -1074 };
  return { mantissa: fraction | 0x10_0000_0000_0000n, exponent: biased - 1075 };
}

/** Where a value goes that is exactly between two: to the even digit, or away from zero. */
export type Ties = 'even' | 'away';

function divide(a: bigint, b: bigint, ties: Ties): bigint {
  const quotient = a / b;
  const twice = (a % b) * 2n;
  const isTieUp = twice === b && (ties === 'away' || quotient % 2n === 1n);
  return twice > b || isTieUp ? quotient + 1n : quotient;
}

/** `round(|value| * 10 ** decimals)` without an error in between. */
export function scaled(value: number, decimals: number, ties: Ties = 'even'): bigint {
  const { mantissa, exponent } = decompose(value);
  const numerator =
    (mantissa * 10n ** BigInt(Math.max(0, decimals))) << BigInt(Math.max(0, exponent));
  const denominator = (10n ** BigInt(Math.max(0, -decimals))) << BigInt(Math.max(0, -exponent));
  return divide(numerator, denominator, ties);
}

/** No double has more digits than this that are not zero, behind its point or in all. */
const MAX_DIGITS = 1100;

/** `%.{precision}f` of a finite value, without its sign. */
export function fixed(value: number, precision: number): string {
  checkText(precision);
  if (precision > MAX_DIGITS) return fixed(value, MAX_DIGITS) + '0'.repeat(precision - MAX_DIGITS);
  const digits = scaled(value, precision)
    .toString()
    .padStart(precision + 1, '0');
  if (precision === 0) return digits;
  return `${digits.slice(0, -precision)}.${digits.slice(-precision)}`;
}

interface Significant {
  readonly digits: string;
  readonly exponent: number;
}

/** The first `count` significant digits, and the power of ten of the first. */
function significant(value: number, count: number): Significant {
  checkText(count);
  if (count > MAX_DIGITS) {
    const { digits, exponent } = significant(value, MAX_DIGITS);
    return { digits: digits.padEnd(count, '0'), exponent };
  }
  if (value === 0) return { digits: '0'.repeat(count), exponent: 0 };
  let exponent = Number(value.toExponential().split('e')[1]);
  for (;;) {
    const digits = scaled(value, count - 1 - exponent).toString();
    if (digits.length === count) return { digits, exponent };
    exponent += digits.length > count ? 1 : -1;
  }
}

const withFraction = (digits: string): string =>
  digits.length > 1 ? `${digits.charAt(0)}.${digits.slice(1)}` : digits;

const suffix = (exponent: number): string =>
  `e${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`;

/** `%.{precision}e` of a finite value, without its sign. */
export function exponential(value: number, precision: number): string {
  const { digits, exponent } = significant(value, precision + 1);
  return withFraction(digits) + suffix(exponent);
}

/** What `%g` and `format(value)` without a type differ in. */
export interface GeneralOptions {
  readonly precision: number;
  /** Keep trailing zeros (`#`). */
  readonly alternate: boolean;
  /** At least one digit after the point, as `repr` has it. */
  readonly keepPoint?: boolean;
}

/** `%.{precision}g` of a finite value, without its sign. */
export function general(value: number, options: GeneralOptions): string {
  const { alternate, keepPoint = false } = options;
  const precision = Math.max(1, options.precision);
  const { digits, exponent } = significant(value, precision);
  const kept = alternate ? digits : digits.replace(/0+$/, '') || '0';
  const limit = keepPoint ? precision - 1 : precision;
  if (exponent < -4 || exponent >= Math.max(limit, keepPoint ? 1 : 0)) {
    return withFraction(kept) + suffix(exponent);
  }
  if (exponent < 0) return `0.${'0'.repeat(-exponent - 1)}${kept}`;
  const whole = kept.slice(0, exponent + 1).padEnd(exponent + 1, '0');
  const fraction = kept.slice(exponent + 1);
  if (fraction !== '') return `${whole}.${fraction}`;
  if (keepPoint) return `${whole}.0`;
  return alternate ? `${whole}.` : whole;
}
