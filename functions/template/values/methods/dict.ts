import {
  Dict,
  isMapping,
  type Mapping,
  mappingEntries,
  mappingGet,
  mappingHas,
  mappingKeys,
  mappingSize,
  mappingValues,
} from '../classes/dict.ts';
import { type DictView, itemsView, keysView, valuesView } from '../classes/dict-view.ts';
import { Generator } from '../classes/generator.ts';
import { iterate, toList } from '../iteration.ts';
import { repr } from '../print.ts';
import { PythonError, typeError, valueError } from '../python-error.ts';
import { Tuple } from '../classes/tuple.ts';
import { Undefined } from '../classes/undefined.ts';
import {
  type MethodCall,
  none,
  one,
  positional,
  readOnly,
  refuseArguments,
  table,
  whole,
} from './method.ts';

const pair = ([key, value]: readonly [unknown, unknown]): Tuple => Tuple.make(key, value);
const items = (self: Mapping): Tuple[] => mappingEntries(self).map(pair);
const keyError = (key: unknown): PythonError => new PythonError('KeyError', repr(key));

/** The dict as one that may change. @throws PythonError where it belongs to the context */
function mutable(self: Mapping, call: MethodCall): Dict {
  if (self instanceof Dict) return self;
  throw readOnly(self, call);
}

function checkCount({ name, args }: MethodCall, min: number, max: number): void {
  const given = args.length;
  if (given >= min && given <= max) return;
  const bound = given < min ? min : max;
  throw typeError(
    `${name} expected at ${given < min ? 'least' : 'most'} ${bound} argument${bound === 1 ? '' : 's'}, got ${given}`,
  );
}

function pop(self: Mapping, call: MethodCall): unknown {
  checkCount(call, 1, 2);
  const [key, otherwise] = call.args;
  // Of an empty dict Python does not even ask whether the key can be one.
  const value = mappingSize(self) === 0 ? undefined : mappingGet(self, key);
  if (value === undefined) {
    if (call.args.length < 2) throw keyError(key);
    return otherwise;
  }
  mutable(self, call).delete(key);
  return value;
}

function popitem(self: Mapping, call: MethodCall): unknown {
  refuseArguments(call);
  const last = mappingEntries(self).at(-1);
  if (last === undefined) {
    throw new PythonError('KeyError', "'popitem(): dictionary is empty'");
  }
  const popped = pair(last);
  mutable(self, call).delete(last[0]);
  return popped;
}

function setdefault(self: Mapping, call: MethodCall): unknown {
  checkCount(call, 1, 2);
  const [key, value = null] = call.args;
  const known = mappingGet(self, key);
  if (known !== undefined) return known;
  mutable(self, call).set(key, value);
  return value;
}

/** The pairs of what `dict(...)` and `update(...)` take: a mapping, or an iterable of pairs. */
export function pairsOf(source: unknown): Array<readonly [unknown, unknown]> {
  if (isMapping(source)) return mappingEntries(source);
  if (source instanceof Undefined) throw source.error();
  return Array.from(iterate(source), (item, index) => {
    let parts: unknown[];
    try {
      parts = toList(item);
    } catch {
      throw typeError(`cannot convert dictionary update sequence element #${index} to a sequence`);
    }
    if (parts.length !== 2) {
      throw valueError(
        `dictionary update sequence element #${index} has length ${parts.length}; 2 is required`,
      );
    }
    return [parts[0], parts[1]];
  });
}

function update(self: Mapping, call: MethodCall): null {
  checkCount(call, 0, 1);
  const target = mutable(self, call);
  const pairs = call.args.length > 0 ? pairsOf(call.args[0]) : [];
  for (const [key, value] of [...pairs, ...(call.kwargs ?? [])]) target.set(key, value);
  return null;
}

const iterator = (values: unknown[], kind: string): Generator =>
  new Generator(values.values(), `dictionary-${kind}iterator object`, `dictionary-${kind}iterator`);

type ListOf = (self: Mapping) => unknown[];

/** A list in Python 2, a view in Python 3. */
const listOrView = (list: ListOf, view: (items: unknown[]) => DictView) =>
  whole<Mapping>((self, call) => {
    refuseArguments(call);
    return call.dialect === 'python2' ? list(self) : view(list(self));
  });
const view = (list: ListOf, make: (items: unknown[]) => DictView) =>
  none<Mapping>((self) => make(list(self)));

/** The methods of dict, with those of Python 2 in both dialects. */
export const DICT_METHODS = table<Mapping>({
  clear: whole((self, call) => {
    refuseArguments(call);
    mutable(self, call).clear();
    return null;
  }),
  copy: none((self) => new Dict(mappingEntries(self))),
  fromkeys: positional(1, 2, (_self, keys, value = null) => {
    const dict = new Dict();
    for (const key of iterate(keys)) dict.set(key, value);
    return dict;
  }),
  get: positional(1, 2, (self, key, otherwise = null) => {
    const value = mappingGet(self, key);
    return value === undefined ? otherwise : value;
  }),
  has_key: one((self, key) => mappingHas(self, key)),
  items: listOrView(items, itemsView),
  iteritems: none((self) => iterator(items(self), 'item')),
  iterkeys: none((self) => iterator(mappingKeys(self), 'key')),
  itervalues: none((self) => iterator(mappingValues(self), 'value')),
  keys: listOrView(mappingKeys, keysView),
  pop: whole(pop),
  popitem: whole(popitem),
  setdefault: whole(setdefault),
  update: whole(update),
  values: listOrView(mappingValues, valuesView),
  viewitems: view(items, itemsView),
  viewkeys: view(mappingKeys, keysView),
  viewvalues: view(mappingValues, valuesView),
});
