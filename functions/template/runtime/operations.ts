import type { Dialect } from '../values/dialect.ts';
import { escapeText } from '../values/text/escape.ts';
import { plain } from '../values/text/foreign.ts';
import * as values from '../values/index.ts';
import { typeError } from '../values/python-error.ts';
import type { Context } from './context.ts';
import { Macro } from './macro.ts';
import { MISSING } from './missing.ts';

const { Kwargs, Markup, Tuple, Undefined, Dict, PythonError } = values;

type Keywords = InstanceType<typeof Kwargs> | undefined;

const { getPrototypeOf, prototype } = Object;

/** Whether a value is an object as JSON makes it. */
const isPlain = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && getPrototypeOf(value) === prototype;

interface MethodCall {
  readonly context: Context | undefined;
  readonly name: string;
  readonly args: readonly unknown[];
  readonly keywords: Keywords;
  readonly dialect: Dialect;
}

function callMethod(object: unknown, { context, name, args, keywords, dialect }: MethodCall) {
  if (object instanceof values.TemplateObject) {
    return call(context, values.getattr(object, name, dialect), args, keywords);
  }
  return called(() => values.callMethod(object, name, { args, kwargs: keywords, dialect }));
}

function unpack(value: unknown, count: number): readonly unknown[] {
  if (Array.isArray(value) && value.length === count) return value;
  if (!values.isIterable(value)) {
    throw typeError(`cannot unpack non-iterable ${values.typeName(value)} object`);
  }
  const parts: unknown[] = [];
  for (const part of values.iterate(value)) {
    if (parts.length === count) {
      throw new PythonError('ValueError', `too many values to unpack (expected ${count})`);
    }
    parts.push(part);
  }
  if (parts.length === count) return parts;
  throw new PythonError(
    'ValueError',
    `not enough values to unpack (expected ${count}, got ${parts.length})`,
  );
}

function spread(value: unknown): readonly unknown[] {
  if (values.isIterable(value)) return values.toList(value);
  throw typeError(`Value after * must be an iterable, not ${values.typeName(value)}`);
}

function kwargs(pairs: readonly (readonly [string, unknown])[], more?: unknown): Keywords {
  const all = new Kwargs(pairs);
  if (more === undefined) return all;
  if (!values.isMapping(more)) {
    throw typeError(
      `jinja2.runtime.Context.call() argument after ** must be a mapping, not ${values.typeName(more)}`,
    );
  }
  for (const [key, value] of values.mappingEntries(more)) {
    if (typeof key !== 'string') throw typeError('keywords must be strings');
    const name = plain(key);
    if (all.has(name)) {
      throw typeError(
        `jinja2.runtime.Context.call() got multiple values for keyword argument ${values.repr(name)}`,
      );
    }
    all.set(name, value);
  }
  return all.size === 0 ? undefined : all;
}

/** A generator that has ended is undefined to a template, no error. */
function called(run: () => unknown): unknown {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof PythonError) || error.type !== 'StopIteration') throw error;
    return Undefined.because(
      'value was undefined because a callable raised a StopIteration exception',
    );
  }
}

function call(
  context: Context | undefined,
  callee: unknown,
  args: readonly unknown[],
  keywords?: Keywords,
): unknown {
  if (callee instanceof Macro) {
    return callee.invoke(args, keywords, context?.autoescape ?? false);
  }
  return called(() => values.callValue(callee, args, keywords));
}

/** The operations of expressions, in one dialect, as compiled templates name them. */
export function operations(dialect: Dialect): Record<string, unknown> {
  const plain = { dialect, autoescape: false };
  const escaping = { dialect, autoescape: true };
  const str = dialect === 'jinja2' ? values.str : (value: unknown) => values.str(value, 'python2');
  const getattr = (object: unknown, name: string): unknown => values.getattr(object, name, dialect);
  return {
    MISSING,
    add: values.add,
    sub: values.sub,
    mul: values.mul,
    div: values.div,
    floordiv: values.floordiv,
    mod: (a: unknown, b: unknown) => values.mod(a, b, dialect),
    pow: values.pow,
    neg: values.neg,
    pos: values.pos,
    equals: values.equals,
    compare: (operator: values.Ordering, a: unknown, b: unknown) =>
      values.compare(operator, a, b, dialect),
    isIn: (item: unknown, container: unknown) => values.contains(container, item),
    truth: values.truth,
    str,
    concat: (...parts: unknown[]) => values.concat(parts, plain),
    concatMarkup: (...parts: unknown[]) => values.concat(parts, escaping),
    escapeText: (value: unknown) => (value instanceof Markup ? value.text : escapeText(str(value))),
    // Python joins the parts of the output, which must be str: `{% filter length %}` is an error.
    filteredText: (value: unknown) => values.join('', [value]),
    markup: (text: string) => new Markup(text),
    same: (value: unknown) => value,
    asMarkup: (value: unknown, context: Context) =>
      context.autoescape && !(value instanceof Markup) ? new Markup(str(value)) : value,
    formatInteger: (value: unknown) =>
      Number.isSafeInteger(value) ? String(value) : values.mod('%d', Tuple.of(value), dialect),
    isPlain,
    getattr,
    getitem: (object: unknown, key: unknown) => values.getitem(object, key, dialect),
    slice: (object: unknown, start: unknown, stop: unknown, step: unknown) =>
      values.slice(object, [start, stop, step]),
    tuple: (items: readonly unknown[]) => Tuple.wrap(items),
    dict: (pairs: readonly (readonly [unknown, unknown])[]) => new Dict(pairs),
    unpack,
    spread,
    kwargs,
    call,
    callMethod: (
      context: Context | undefined,
      object: unknown,
      name: string,
      args: readonly unknown[],
      keywords?: Keywords,
    ) => callMethod(object, { context, name, args, keywords, dialect }),
    /** `inputs.NAME.by(...)`: as one step, so that no more counts as looked at than what is found. */
    findInput: (
      context: Context | undefined,
      object: unknown,
      list: string,
      name: values.Finder,
      args: readonly unknown[],
      keywords?: Keywords,
    ) =>
      object instanceof values.Inputs && object.has(list)
        ? object.find(list, name, { args, kwargs: keywords })
        : callMethod(getattr(object, list), { context, name, args, keywords, dialect }),
    undefinedVariable: (name: string) => Undefined.variable(name),
    undefinedBecause: (reason: string) => Undefined.because(reason),
    undefinedParameter: (name: string) =>
      Undefined.because(`parameter ${values.repr(name)} was not provided`),
  };
}
