import { attributeOf, type CallOptions, callValue, runMethod } from './attributes.ts';
import { Bytes } from './classes/bytes.ts';
import { textOf } from './compare.ts';
import type { Dialect } from './dialect.ts';
import { isMapping, isPlainObject, mappingGet } from './classes/dict.ts';
import { Markup } from './classes/markup.ts';
import { asIndex } from './numbers/numeric.ts';
import { typeError, valueError } from './python-error.ts';
import { Range } from './classes/range.ts';
import { characters, codePointCount, isAstral } from './text/text.ts';
import { Tuple } from './classes/tuple.ts';
import { typeName } from './type-name.ts';
import { Undefined } from './classes/undefined.ts';

type Sequence = string | Markup | readonly unknown[] | Range | Bytes;

const isSequence = (value: unknown): value is Sequence =>
  textOf(value) !== undefined ||
  Array.isArray(value) ||
  value instanceof Range ||
  value instanceof Bytes;

function characterAt(text: string, index: number): string | undefined {
  if (!isAstral(text)) return text.at(index);
  return Array.from(text).at(index);
}

/** `sequence[index]`; JavaScript's undefined beyond the ends. */
function itemAt(sequence: Sequence, index: number): unknown {
  if (typeof sequence === 'string') return characterAt(sequence, index);
  if (sequence instanceof Markup) {
    const character = characterAt(sequence.text, index);
    return character === undefined ? undefined : new Markup(character);
  }
  if (sequence instanceof Range) {
    const position = index < 0 ? index + sequence.length : index;
    return position >= 0 && position < sequence.length ? sequence.at(position) : undefined;
  }
  if (sequence instanceof Bytes) return sequence.latin1.at(index)?.charCodeAt(0);
  return sequence.at(index);
}

const isHashable = (key: unknown): boolean =>
  key instanceof Tuple ? key.every(isHashable) : !Array.isArray(key) && !isMapping(key);

/** `object[key]` alone; JavaScript's undefined for what Jinja2 takes as "look for an attribute instead". */
export function itemOf(object: unknown, key: unknown): unknown {
  if (isMapping(object)) {
    // An unhashable key is a TypeError, and to Jinja2 that is a key that is not there.
    return isHashable(key) ? mappingGet(object, key) : undefined;
  }
  if (!isSequence(object)) return undefined;
  const index = asIndex(key);
  return index === undefined ? undefined : itemAt(object, index);
}

/**
 * `object.name` as Jinja2's `environment.getattr`: the attribute, else the item, else undefined.
 *
 * @throws PythonError UndefinedError for an attribute of undefined
 */
export function getattr(object: unknown, name: string, dialect: Dialect = 'jinja2'): unknown {
  const attribute = attributeOf(object, name, dialect);
  if (attribute !== undefined) return attribute;
  if (isPlainObject(object)) {
    return Object.hasOwn(object, name) ? object[name] : Undefined.member(object, name);
  }
  if (object instanceof Undefined) throw object.error();
  const item = itemOf(object, name);
  return item === undefined ? Undefined.member(object, name) : item;
}

/**
 * `object[key]` as Jinja2's `environment.getitem`: the item, else the attribute of that name, else undefined.
 *
 * @throws PythonError UndefinedError for an item of undefined
 */
export function getitem(object: unknown, key: unknown, dialect: Dialect = 'jinja2'): unknown {
  if (typeof key === 'string' && isPlainObject(object) && Object.hasOwn(object, key)) {
    return object[key];
  }
  if (object instanceof Undefined) throw object.error();
  const item = itemOf(object, key);
  if (item !== undefined) return item;
  const name = textOf(key);
  const attribute = name === undefined ? undefined : attributeOf(object, name, dialect);
  return attribute === undefined ? Undefined.member(object, key) : attribute;
}

/** The bounds of a slice, each an int or None. */
export type Bounds = readonly [start: unknown, stop: unknown, step: unknown];

function boundOf(value: unknown): number | undefined {
  if (value === null) return undefined;
  const index = asIndex(value);
  if (index !== undefined) return index;
  throw typeError('slice indices must be integers or None or have an __index__ method');
}

interface Slice {
  readonly first: number;
  readonly end: number;
  readonly step: number;
  readonly count: number;
}

/** `slice(start, stop, step).indices(length)`. */
function resolveSlice(length: number, [start, stop, step]: Bounds): Slice {
  const stride = boundOf(step) ?? 1;
  if (stride === 0) throw valueError('slice step cannot be zero');
  const [low, high] = stride > 0 ? [0, length] : [-1, length - 1];
  const clamp = (index: number): number =>
    Math.min(Math.max(index < 0 ? index + length : index, low), high);
  const bound = (value: unknown, otherwise: number): number => {
    const index = boundOf(value);
    return index === undefined ? otherwise : clamp(index);
  };
  const first = bound(start, stride > 0 ? low : high);
  const end = bound(stop, stride > 0 ? high : low);
  return { first, end, step: stride, count: Math.max(0, Math.ceil((end - first) / stride)) };
}

function pick<T>(items: ArrayLike<T>, { first, step, count }: Slice): T[] {
  const picked: T[] = [];
  for (let i = 0; i < count; i++) picked.push(items[first + i * step] as T);
  return picked;
}

function sliceText(text: string, bounds: Bounds): string {
  const slice = resolveSlice(codePointCount(text), bounds);
  if (slice.step === 1 && !isAstral(text)) {
    return text.slice(slice.first, slice.first + slice.count);
  }
  return pick(characters(text), slice).join('');
}

/**
 * `object[start:stop:step]`. Unlike other subscripts, Jinja2 leaves this one to Python, errors and all.
 *
 * @throws PythonError ValueError for a step of 0, TypeError, UndefinedError
 */
export function slice(object: unknown, bounds: Bounds): unknown {
  if (object instanceof Undefined) throw object.error();
  if (typeof object === 'string') return sliceText(object, bounds);
  if (object instanceof Markup) return new Markup(sliceText(object.text, bounds));
  if (object instanceof Range) {
    const { first, end, step } = resolveSlice(object.length, bounds);
    return object.slice(first, end, step);
  }
  if (object instanceof Bytes) {
    const { latin1, source } = object;
    return new Bytes(pick(latin1, resolveSlice(latin1.length, bounds)).join(''), source);
  }
  if (Array.isArray(object)) {
    const items = pick(object, resolveSlice(object.length, bounds));
    return object instanceof Tuple ? Tuple.wrap(items) : items;
  }
  if (isMapping(object)) throw typeError("unhashable type: 'slice'");
  throw typeError(`'${typeName(object)}' object is not subscriptable`);
}

/** `object.name(*args, **kwargs)`. */
export function callMethod(object: unknown, name: string, options: CallOptions): unknown {
  const result = runMethod(object, name, options);
  if (result !== undefined) return result;
  return callValue(getattr(object, name, options.dialect), options.args, options.kwargs);
}
