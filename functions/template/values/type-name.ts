import { Bytes } from './classes/bytes.ts';
import { Dict } from './classes/dict.ts';
import { DictView } from './classes/dict-view.ts';
import { Float } from './classes/float.ts';
import { Generator } from './classes/generator.ts';
import { Markup } from './classes/markup.ts';
import { TemplateObject } from './classes/object.ts';
import { Range } from './classes/range.ts';
import { GroupTuple, Tuple } from './classes/tuple.ts';
import { Undefined } from './classes/undefined.ts';

function objectTypeName(value: object): string {
  if (value instanceof GroupTuple) return '_GroupTuple';
  if (value instanceof Tuple) return 'tuple';
  if (value instanceof DictView) return value.typeName;
  if (Array.isArray(value)) return 'list';
  if (value instanceof Dict) return 'dict';
  if (value instanceof Markup) return 'Markup';
  if (value instanceof Undefined) return 'Undefined';
  if (value instanceof Float) return 'float';
  if (value instanceof Range) return 'range';
  if (value instanceof Bytes) return 'bytes';
  if (value instanceof Generator || value instanceof TemplateObject) return value.typeName;
  return 'dict';
}

/** `type(value).__name__`. */
export function typeName(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return 'str';
    case 'number':
      return Number.isInteger(value) ? 'int' : 'float';
    case 'boolean':
      return 'bool';
    case 'bigint':
      return 'int';
    case 'object':
      return value === null ? 'NoneType' : objectTypeName(value);
    default:
      return 'NoneType';
  }
}
