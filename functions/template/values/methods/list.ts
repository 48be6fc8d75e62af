import { same } from '../compare.ts';
import { toList } from '../iteration.ts';
import { checkItems } from '../limits.ts';
import { type Callable, TemplateObject } from '../classes/object.ts';
import { repr } from '../print.ts';
import { PythonError, typeError, valueError } from '../python-error.ts';
import { sorted } from '../sort.ts';
import { truth } from '../truth.ts';
import {
  type Method,
  type MethodCall,
  none,
  one,
  positional,
  readOnly,
  refuseArguments,
  requireIndex,
  table,
} from './method.ts';

type List = readonly unknown[];

/** A method that changes the list. @throws PythonError where the list belongs to the context */
function changes(method: (self: unknown[], call: MethodCall) => unknown): Method<List> {
  return (self, call) => {
    if (Object.isFrozen(self)) throw readOnly(self, call);
    return method(self as unknown[], call);
  };
}

const count = (self: List, item: unknown): number =>
  self.reduce<number>((total, candidate) => total + (same(candidate, item) ? 1 : 0), 0);

/** An index as `insert` and `index` take it: from the end where negative, within the list always. */
function clamp(value: unknown, length: number): number {
  const index = requireIndex(value);
  return Math.min(Math.max(index < 0 ? index + length : index, 0), length);
}

function indexOf(notFound: (item: unknown) => string): Method<List> {
  return positional(1, 3, (self, item, start = 0, stop = self.length) => {
    const end = clamp(stop, self.length);
    for (let i = clamp(start, self.length); i < end; i++) if (same(self[i], item)) return i;
    throw valueError(notFound(item));
  });
}

function onlyArgument(call: MethodCall): unknown {
  if (call.args.length !== 1) {
    throw typeError(
      `${call.owner}.${call.name}() takes exactly one argument (${call.args.length} given)`,
    );
  }
  return call.args[0];
}

function extend(self: unknown[], call: MethodCall): null {
  const items = toList(onlyArgument(call));
  checkItems(self.length + items.length);
  for (const item of items) self.push(item);
  return null;
}

function insert(self: unknown[], { args }: MethodCall): null {
  if (args.length !== 2) throw typeError(`insert expected 2 arguments, got ${args.length}`);
  self.splice(clamp(args[0], self.length), 0, args[1]);
  return null;
}

function pop(self: unknown[], { args }: MethodCall): unknown {
  if (args.length > 1) throw typeError(`pop expected at most 1 argument, got ${args.length}`);
  const wanted = args.length === 0 ? -1 : requireIndex(args[0]);
  if (self.length === 0) throw new PythonError('IndexError', 'pop from empty list');
  const index = wanted < 0 ? wanted + self.length : wanted;
  if (index < 0 || index >= self.length) {
    throw new PythonError('IndexError', 'pop index out of range');
  }
  return self.splice(index, 1)[0];
}

function remove(self: unknown[], call: MethodCall): null {
  const item = onlyArgument(call);
  const index = self.findIndex((candidate) => same(candidate, item));
  if (index < 0) throw valueError('list.remove(x): x not in list');
  self.splice(index, 1);
  return null;
}

/** `list.sort(*, key=None, reverse=False)`. */
function sort(self: unknown[], { args, kwargs, dialect }: MethodCall): null {
  if (args.length > 0) throw typeError('sort() takes no positional arguments');
  for (const name of kwargs?.keys() ?? []) {
    if (name !== 'key' && name !== 'reverse') {
      throw typeError(`'${name}' is an invalid keyword argument for sort()`);
    }
  }
  const key = kwargs?.get('key') ?? null;
  const order = { reverse: truth(kwargs?.get('reverse') ?? false), dialect };
  const ordered =
    key instanceof TemplateObject && 'call' in key
      ? sorted(self, { ...order, key: (item) => (key as Callable).call([item]) })
      : sorted(self, order);
  for (const [index, item] of ordered.entries()) self[index] = item;
  return null;
}

export const LIST_METHODS = table<List>({
  append: changes((self, call) => {
    const item = onlyArgument(call);
    checkItems(self.length + 1);
    self.push(item);
    return null;
  }),
  clear: changes((self, call) => {
    refuseArguments(call);
    self.length = 0;
    return null;
  }),
  copy: none((self) => self.slice()),
  count: one(count),
  extend: changes(extend),
  index: indexOf((item) => `${repr(item)} is not in list`),
  insert: changes(insert),
  pop: changes(pop),
  remove: changes(remove),
  reverse: changes((self, call) => {
    refuseArguments(call);
    self.reverse();
    return null;
  }),
  sort: changes(sort),
});

export const TUPLE_METHODS = table<List>({
  count: one(count),
  index: indexOf(() => 'tuple.index(x): x not in tuple'),
});

/** `range` has the methods of a tuple, with a message of its own. */
export const RANGE_METHODS = table<List>({
  count: one(count),
  index: indexOf((item) => `${repr(item)} is not in range`),
});
