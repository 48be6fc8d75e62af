import { float } from '../classes/float.ts';
import { int, numeric, truncate } from '../numbers/numeric.ts';
import { Tuple } from '../classes/tuple.ts';
import { none, table } from './method.ts';

const asInt = (self: unknown): bigint => BigInt(numeric(self) ?? 0);
const asFloat = (self: unknown): number => Number(numeric(self) ?? 0);

function bitLength(value: bigint): number {
  return value === 0n ? 0 : (value < 0n ? -value : value).toString(2).length;
}

/** Numerator and denominator of a float, exactly. */
function ratio(value: number): Tuple {
  truncate(value);
  let numerator = value;
  let denominator = 1n;
  while (!Number.isInteger(numerator)) {
    numerator *= 2;
    denominator *= 2n;
  }
  return Tuple.make(int(BigInt(numerator)), int(denominator));
}

export const INT_METHODS = table<unknown>({
  as_integer_ratio: none((self) => Tuple.make(int(asInt(self)), 1)),
  bit_count: none((self) => (asInt(self).toString(2).match(/1/g) ?? []).length),
  bit_length: none((self) => bitLength(asInt(self))),
  conjugate: none((self) => int(asInt(self))),
});

export const FLOAT_METHODS = table<unknown>({
  as_integer_ratio: none((self) => ratio(asFloat(self))),
  conjugate: none((self) => self),
  is_integer: none((self) => Number.isInteger(asFloat(self))),
});

/** The attributes of numbers that are no methods. */
export function numberAttribute(self: unknown, name: string): unknown {
  const number = numeric(self);
  if (typeof number === 'bigint') {
    if (name === 'real' || name === 'numerator') return int(number);
    if (name === 'imag') return 0;
    return name === 'denominator' ? 1 : undefined;
  }
  if (name === 'real') return self;
  return name === 'imag' ? float(0) : undefined;
}
