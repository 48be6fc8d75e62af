import { Bytes } from './classes/bytes.ts';
import { Dict, isPlainObject } from './classes/dict.ts';
import { Float } from './classes/float.ts';
import { Markup } from './classes/markup.ts';
import { Range } from './classes/range.ts';
import { Undefined } from './classes/undefined.ts';

function objectTruth(value: object): boolean {
  if (Array.isArray(value) || value instanceof Range) return value.length > 0;
  if (isPlainObject(value)) {
    for (const key in value) if (Object.hasOwn(value, key)) return true;
    return false;
  }
  if (value instanceof Undefined) return false;
  if (value instanceof Map || value instanceof Dict) return value.size > 0;
  if (value instanceof Markup) return value.text !== '';
  if (value instanceof Float) return value.value !== 0;
  if (value instanceof Bytes) return value.latin1 !== '';
  return true;
}

/** `bool(value)`. */
export function truth(value: unknown): boolean {
  switch (typeof value) {
    case 'boolean':
      return value;
    case 'string':
      return value !== '';
    case 'number':
      return value !== 0;
    case 'bigint':
      return value !== 0n;
    case 'object':
      return value !== null && objectTruth(value);
    default:
      return false;
  }
}
