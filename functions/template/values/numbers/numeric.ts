import { Float } from '../classes/float.ts';
import { PythonError } from '../python-error.ts';

/** An int or bool as bigint, a float as number; JavaScript's undefined for everything else. */
export function numeric(value: unknown): bigint | number | undefined {
  switch (typeof value) {
    case 'number':
      return Number.isInteger(value) ? BigInt(value) : value;
    case 'bigint':
      return value;
    case 'boolean':
      return value ? 1n : 0n;
    case 'object':
      return value instanceof Float ? value.value : undefined;
    default:
      return undefined;
  }
}

/** An int in its shortest representation. */
export function int(value: bigint): number | bigint {
  const small = Number(value);
  return Number.isSafeInteger(small) ? small : value;
}

/** `int` and its subclass `bool`. */
export const isInt = (value: unknown): value is number | bigint | boolean =>
  typeof value === 'number'
    ? Number.isInteger(value)
    : typeof value === 'bigint' || typeof value === 'boolean';

export const isFloat = (value: unknown): value is number | Float =>
  value instanceof Float || (typeof value === 'number' && !Number.isInteger(value));

/** `float(int)`. @throws PythonError OverflowError */
export function toDouble(value: bigint | number): number {
  const double = Number(value);
  if (typeof value === 'bigint' && !Number.isFinite(double)) {
    throw new PythonError('OverflowError', 'int too large to convert to float');
  }
  return double;
}

/** `int(float)`. @throws PythonError for infinity and not-a-number */
export function truncate(value: number): number | bigint {
  if (Number.isNaN(value)) {
    throw new PythonError('ValueError', 'cannot convert float NaN to integer');
  }
  if (!Number.isFinite(value)) {
    throw new PythonError('OverflowError', 'cannot convert float infinity to integer');
  }
  return int(BigInt(Math.trunc(value)));
}

/** A value as a JavaScript number where it is an int that fits; undefined where it is none. */
export function asIndex(value: unknown): number | undefined {
  return isInt(value) ? Number(value) : undefined;
}
