import { Float, floatRepr } from '../values/classes/float.ts';
import { MAX_DEPTH, MAX_INT_DIGITS } from './limits.ts';
import { entriesOf, isJsonObject } from './object.ts';

/** Whether `JSON.stringify` says of a value what it is. */
function isPlain(value: unknown, depth: number): boolean {
  if (typeof value === 'number') return Number.isFinite(value) && isJsNumber(value);
  if (typeof value !== 'object' || value === null) return typeof value !== 'bigint';
  if (depth > MAX_DEPTH) return false;
  if (Array.isArray(value)) return value.every((item) => isPlain(item, depth + 1));
  if (value instanceof Map || value instanceof Float) return false;
  for (const key in value)
    if (!isPlain((value as Record<string, unknown>)[key], depth + 1)) return false;
  return true;
}

const isJsNumber = (value: number): boolean =>
  !Number.isInteger(value) || Number.isSafeInteger(value);

/** A float as JSON: NaN and the infinities as Python's `json.dumps` writes them. */
export function floatJson(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (Number.isFinite(value)) return floatRepr(value);
  return value > 0 ? 'Infinity' : '-Infinity';
}

function integerJson(value: bigint): string {
  const text = value.toString();
  if (text.replace('-', '').length > MAX_INT_DIGITS)
    throw new RangeError(`has a number of more than ${MAX_INT_DIGITS} digits`);
  return text;
}

function containerJson(value: object, depth: number): string {
  if (depth > MAX_DEPTH)
    throw new RangeError(`has lists and objects nested more than ${MAX_DEPTH} deep`);
  if (Array.isArray(value)) return `[${value.map((item) => json(item, depth)).join(',')}]`;
  if (!isJsonObject(value)) return 'null';
  const members = entriesOf(value)
    .filter(([, item]) => item !== undefined)
    .map(([key, item]) => `${JSON.stringify(key)}:${json(item, depth)}`);
  return `{${members.join(',')}}`;
}

function json(value: unknown, depth: number): string {
  if (value instanceof Float) return floatJson(value.value);
  if (typeof value === 'object' && value !== null) return containerJson(value, depth + 1);
  if (typeof value === 'bigint') return integerJson(value);
  if (typeof value !== 'number') return JSON.stringify(value) ?? 'null';
  return Number.isInteger(value) ? integerJson(BigInt(value)) : floatJson(value);
}

/**
 * Writes a value of JSON so that `parseJson` gives it again.
 *
 * @throws RangeError where it could not read it: lists too deep in one another, ints with too many digits
 */
export function writeJson(value: unknown): string {
  return isPlain(value, 1) ? JSON.stringify(value) : json(value, 0);
}
