import { Bytes } from './classes/bytes.ts';
import type { Dialect } from './dialect.ts';
import { isMapping } from './classes/dict.ts';
import { Generator } from './classes/generator.ts';
import { isIndexed } from './inputs/indexed-list.ts';
import { findBy, isFinder } from './inputs/inputs.ts';
import type { Kwargs } from './classes/kwargs.ts';
import { Markup } from './classes/markup.ts';
import { BYTES_METHODS } from './methods/bytes.ts';
import { DICT_METHODS } from './methods/dict.ts';
import { ITERATOR_METHODS } from './methods/iterator.ts';
import { LIST_METHODS, RANGE_METHODS, TUPLE_METHODS } from './methods/list.ts';
import { MARKUP_METHODS } from './methods/markup.ts';
import type { Method } from './methods/method.ts';
import { FLOAT_METHODS, INT_METHODS, numberAttribute } from './methods/number.ts';
import { PYTHON2_STR_METHODS, STR_METHODS } from './methods/str.ts';
import { isFloat, isInt } from './numbers/numeric.ts';
import { Callable, TemplateObject } from './classes/object.ts';
import { repr } from './print.ts';
import { PythonError, typeError } from './python-error.ts';
import { Range } from './classes/range.ts';
import { GroupTuple, Tuple } from './classes/tuple.ts';
import { typeName } from './type-name.ts';
import { Undefined } from './classes/undefined.ts';

interface Found {
  readonly self: unknown;
  readonly method: Method<never> | undefined;
}

/** What lists of the snapshot can do beside what lists do. */
function finderOf(list: readonly unknown[], name: string): Method<never> | undefined {
  if (!isFinder(name) || !isIndexed(list)) return undefined;
  return (_, call) => findBy(list, name, call);
}

function objectMethod(object: object, name: string): Found {
  if (isMapping(object)) return { self: object, method: DICT_METHODS[name] };
  if (object instanceof Tuple) return { self: object, method: TUPLE_METHODS[name] };
  if (Array.isArray(object))
    return { self: object, method: LIST_METHODS[name] ?? finderOf(object, name) };
  if (object instanceof Markup) return { self: object, method: MARKUP_METHODS[name] };
  if (object instanceof Generator) return { self: object, method: ITERATOR_METHODS[name] };
  if (object instanceof Range) return { self: object.toArray(), method: RANGE_METHODS[name] };
  if (object instanceof Bytes) return { self: object, method: BYTES_METHODS[name] };
  if (isFloat(object)) return { self: object, method: FLOAT_METHODS[name] };
  return { self: object, method: undefined };
}

/** The method of a built-in type, with the object to run it on. */
function methodOf(object: unknown, name: string, dialect: Dialect): Found {
  if (typeof object === 'string') {
    const methods = dialect === 'python2' ? PYTHON2_STR_METHODS : STR_METHODS;
    return { self: object, method: methods[name] };
  }
  if (typeof object === 'object' && object !== null) return objectMethod(object, name);
  if (isInt(object)) return { self: object, method: INT_METHODS[name] };
  if (isFloat(object)) return { self: object, method: FLOAT_METHODS[name] };
  return { self: object, method: undefined };
}

/** A method taken from its object: `{% set put = list.append %}`. */
class BoundMethod extends Callable {
  readonly typeName = 'builtin_function_or_method';
  private readonly self: unknown;
  private readonly name: string;
  private readonly dialect: Dialect;

  constructor(self: unknown, name: string, dialect: Dialect) {
    super();
    this.self = self;
    this.name = name;
    this.dialect = dialect;
  }

  call(args: readonly unknown[], kwargs?: Kwargs): unknown {
    return runMethod(this.self, this.name, { args, kwargs, dialect: this.dialect });
  }

  override attribute(name: string): unknown {
    if (name === '__name__') return this.name;
    return name === '__self__' ? this.self : undefined;
  }

  override repr(): string {
    return `<built-in method ${this.name} of ${typeName(this.self)} object at 0x7f0000000000>`;
  }
}

/** A class as a value: it prints, and tells its name. */
class ClassObject extends TemplateObject {
  readonly typeName = 'type';
  private readonly name: string;
  private readonly path: string;

  constructor(instance: unknown) {
    super();
    this.name = typeName(instance);
    this.path = this.name;
    if (instance instanceof Undefined) this.path = 'jinja2.runtime.Undefined';
    else if (instance instanceof Markup) this.path = 'markupsafe.Markup';
    else if (instance instanceof TemplateObject) this.path = instance.qualifiedName;
  }

  override attribute(name: string): unknown {
    return name === '__name__' ? this.name : undefined;
  }

  override repr(): string {
    return `<class '${this.path}'>`;
  }
}

function dataAttribute(object: unknown, name: string): unknown {
  if (name === '__class__') return new ClassObject(object);
  if (object instanceof TemplateObject) return object.attribute(name);
  if (object instanceof GroupTuple) {
    if (name === 'grouper') return object[0];
    return name === 'list' ? object[1] : undefined;
  }
  return isInt(object) || isFloat(object) ? numberAttribute(object, name) : undefined;
}

/** Python's `getattr(object, name)`; JavaScript's undefined where there is no such attribute. */
export function attributeOf(object: unknown, name: string, dialect: Dialect): unknown {
  const { method } = methodOf(object, name, dialect);
  if (method !== undefined) return new BoundMethod(object, name, dialect);
  return dataAttribute(object, name);
}

/** Python's complaint about an attribute that it needs. @returns UndefinedError for undefined */
export function attributeError(object: unknown, name: string): PythonError {
  if (object instanceof Undefined) return object.error();
  return new PythonError(
    'AttributeError',
    `'${typeName(object)}' object has no attribute ${repr(name)}`,
  );
}

/** `callee(*args, **kwargs)`. @throws PythonError where the value cannot be called */
export function callValue(callee: unknown, args: readonly unknown[], kwargs?: Kwargs): unknown {
  if (callee instanceof Callable) return callee.call(args, kwargs);
  if (callee instanceof Undefined) throw callee.error();
  throw typeError(`'${typeName(callee)}' object is not callable`);
}

/** The arguments of a method's call. */
export interface CallOptions {
  readonly args: readonly unknown[];
  readonly kwargs?: Kwargs | undefined;
  readonly dialect: Dialect;
}

/** Runs a method of a built-in type; `undefined` in JavaScript's sense where the object has no such method. */
export function runMethod(object: unknown, name: string, options: CallOptions): unknown {
  const { self, method } = methodOf(object, name, options.dialect);
  if (method === undefined) return undefined;
  const { args, kwargs, dialect } = options;
  return method(self as never, { owner: typeName(object), name, args, kwargs, dialect });
}
