import { textOf } from '../compare.ts';
import { hashKey } from '../classes/dict.ts';
import { Generator } from '../classes/generator.ts';
import { iterate } from '../iteration.ts';
import type { Kwargs } from '../classes/kwargs.ts';
import { repr } from '../print.ts';
import { PythonError } from '../python-error.ts';
import { truth } from '../truth.ts';
import { Undefined } from '../classes/undefined.ts';
import { attributeGetter } from './attribute.ts';
import { type Filter, type FilterTable, type Runtime, separate } from './filter.ts';

type Lazy = globalThis.Generator<unknown>;

const argumentError = (message: string): PythonError =>
  new PythonError('FilterArgumentError', message);

/** A filter or test that a template names at run time. @throws PythonError TemplateRuntimeError */
function named(table: FilterTable, kind: 'filter' | 'test', name: unknown): Filter {
  hashKey(name);
  const text = textOf(name);
  const found = text !== undefined && Object.hasOwn(table, text) ? table[text] : undefined;
  if (found !== undefined) return found;
  const message = `No ${kind} named ${repr(name)}.`;
  throw new PythonError(
    'TemplateRuntimeError',
    name instanceof Undefined
      ? `${message} (${name.message}; did you forget to quote the callable name?)`
      : message,
  );
}

type ItemFunction = (item: unknown) => unknown;

function byAttribute(runtime: Runtime, kwargs: Kwargs): ItemFunction {
  for (const name of kwargs.keys()) {
    if (name !== 'attribute' && name !== 'default') {
      throw argumentError(`Unexpected keyword argument ${repr(name)}`);
    }
  }
  return attributeGetter(runtime, kwargs.get('attribute'), {
    otherwise: kwargs.get('default') ?? null,
  });
}

function mapper(runtime: Runtime, rest: readonly unknown[]): ItemFunction {
  const { args, kwargs } = separate(rest);
  if (args.length === 0 && kwargs?.has('attribute')) return byAttribute(runtime, kwargs);
  if (args.length === 0) throw argumentError('map requires a filter argument');
  const [name, ...others] = args;
  const tail = kwargs === undefined ? others : [...others, kwargs];
  let apply: Filter | undefined;
  return (item) => {
    apply ??= named(runtime.filters, 'filter', name);
    return apply(runtime, item, ...tail);
  };
}

function predicate(runtime: Runtime, rest: readonly unknown[]): ItemFunction {
  const { args, kwargs } = separate(rest);
  if (args.length === 0) return truth;
  const [name, ...others] = args;
  const tail = kwargs === undefined ? others : [...others, kwargs];
  let test: Filter | undefined;
  return (item) => {
    test ??= named(runtime.tests, 'test', name);
    return truth(test(runtime, item, ...tail));
  };
}

function* mapped(runtime: Runtime, value: unknown, rest: readonly unknown[]): Lazy {
  if (!truth(value)) return;
  const apply = mapper(runtime, rest);
  for (const item of iterate(value)) yield apply(item);
}

interface Selection {
  readonly keep: boolean;
  readonly byAttribute: boolean;
}

function* selected(
  runtime: Runtime,
  value: unknown,
  rest: readonly unknown[],
  { keep, byAttribute: hasAttribute }: Selection,
): Lazy {
  if (!truth(value)) return;
  if (hasAttribute && separate(rest).args.length === 0) {
    throw argumentError('Missing parameter for attribute name');
  }
  const get = hasAttribute ? attributeGetter(runtime, rest[0]) : (item: unknown) => item;
  const test = predicate(runtime, hasAttribute ? rest.slice(1) : rest);
  for (const item of iterate(value)) if (truth(test(get(item))) === keep) yield item;
}

const selection =
  (options: Selection): Filter =>
  (runtime, value, ...rest) =>
    new Generator(selected(runtime, value, rest, options), 'generator object select_or_reject');

/** Filters that apply a filter, a test or an attribute to each item, on demand. */
export const SELECT_FILTERS: FilterTable = {
  map: (runtime, value, ...rest) =>
    new Generator(mapped(runtime, value, rest), 'generator object sync_do_map'),
  reject: selection({ keep: false, byAttribute: false }),
  rejectattr: selection({ keep: false, byAttribute: true }),
  select: selection({ keep: true, byAttribute: false }),
  selectattr: selection({ keep: true, byAttribute: true }),
};
