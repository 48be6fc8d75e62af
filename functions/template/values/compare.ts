import { Bytes } from './classes/bytes.ts';
import type { Dialect } from './dialect.ts';
import {
  hashKey,
  isMapping,
  type Mapping,
  mappingEntries,
  mappingGet,
  mappingSize,
} from './classes/dict.ts';
import { DictView, ItemsView, SetView } from './classes/dict-view.ts';
import { sameForeign } from './text/foreign.ts';
import { Markup } from './classes/markup.ts';
import { numeric } from './numbers/numeric.ts';
import { typeError } from './python-error.ts';
import { Range } from './classes/range.ts';
import { compareText } from './text/text.ts';
import { Tuple } from './classes/tuple.ts';
import { typeName } from './type-name.ts';
import { Undefined } from './classes/undefined.ts';

export type Ordering = '<' | '<=' | '>' | '>=';

/** The characters of a str or Markup; undefined for everything else. */
export function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  return value instanceof Markup ? value.text : undefined;
}

/** The items of a list or tuple with the type that decides whether two compare. */
function sequenceKind(value: unknown): 'list' | 'tuple' | undefined {
  if (!Array.isArray(value) || value instanceof DictView) return undefined;
  return value instanceof Tuple ? 'tuple' : 'list';
}

const isSequence = (value: unknown): value is readonly unknown[] =>
  sequenceKind(value) !== undefined;

function equalItems(a: readonly unknown[], b: readonly unknown[]): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (!same(a[i], b[i])) return false;
  return true;
}

function equalMappings(a: Mapping, b: Mapping): boolean {
  if (mappingSize(a) !== mappingSize(b)) return false;
  return mappingEntries(a).every(([key, value]) => {
    const other = mappingGet(b, key);
    return other !== undefined && same(value, other);
  });
}

/** Whether something is in a view of keys or items. */
function memberTest(view: SetView): (member: unknown) => boolean {
  if (!(view instanceof ItemsView)) {
    const keys = new Set(view.map(hashKey));
    return (member) => keys.has(hashKey(member));
  }
  const values = new Map(view.map((pair) => [hashKey((pair as Tuple)[0]), (pair as Tuple)[1]]));
  return (member) => {
    if (!(member instanceof Tuple) || member.length !== 2) return false;
    const key = hashKey(member[0]);
    return values.has(key) && same(values.get(key), member[1]);
  };
}

const isSubset = (a: SetView, b: SetView): boolean =>
  a.length <= b.length && a.every(memberTest(b));

function equalObjects(a: object, b: object): boolean {
  if (a instanceof DictView || b instanceof DictView) {
    return a instanceof SetView && b instanceof SetView && a.length === b.length && isSubset(a, b);
  }
  if (Array.isArray(a) && Array.isArray(b)) {
    return sequenceKind(a) === sequenceKind(b) && equalItems(a, b);
  }
  if (a instanceof Undefined) return b instanceof Undefined;
  if (a instanceof Range && b instanceof Range) {
    return equalItems(a.toArray(), b.toArray());
  }
  if (a instanceof Bytes && b instanceof Bytes) return a.latin1 === b.latin1;
  return isMapping(a) && isMapping(b) && equalMappings(a, b);
}

/** As containers compare their items: the same object is equal to itself, whatever it says of itself. */
export const same = (a: unknown, b: unknown): boolean => Object.is(a, b) || equals(a, b);

/** `a == b`. */
export function equals(a: unknown, b: unknown): boolean {
  if (typeof a === 'string' && typeof b === 'string') return a === b || sameForeign(a, b);
  if (typeof a === 'number' && typeof b === 'number') return a === b;
  if (a === null || b === null) return a === b;
  const left = numeric(a);
  if (left !== undefined) {
    const right = numeric(b);
    // A bigint and a number have no strict equality, but they have an order, and it is exact.
    return right !== undefined && left <= right && left >= right;
  }
  if (a === b) return true;
  const text = textOf(a);
  if (text !== undefined) {
    const other = textOf(b);
    return other !== undefined && (text === other || sameForeign(text, other));
  }
  return typeof a === 'object' && typeof b === 'object' && equalObjects(a, b);
}

function holds(operator: Ordering, order: number): boolean {
  switch (operator) {
    case '<':
      return order < 0;
    case '<=':
      return order <= 0;
    case '>':
      return order > 0;
    default:
      return order >= 0;
  }
}

function compareNumbers(operator: Ordering, a: bigint | number, b: bigint | number): boolean {
  switch (operator) {
    case '<':
      return a < b;
    case '<=':
      return a <= b;
    case '>':
      return a > b;
    default:
      return a >= b;
  }
}

interface Pair<T> {
  readonly operator: Ordering;
  readonly a: T;
  readonly b: T;
  readonly dialect: Dialect;
}

function compareSequences({ operator, a, b, dialect }: Pair<readonly unknown[]>): boolean {
  const shared = Math.min(a.length, b.length);
  for (let i = 0; i < shared; i++) {
    if (!same(a[i], b[i])) return compare(operator, a[i], b[i], dialect);
  }
  return holds(operator, a.length - b.length);
}

/** Views of keys and items are ordered as sets are: the smaller is part of the greater. */
function compareSets({ operator, a, b }: Pair<SetView>): boolean {
  const [small, great] = operator.startsWith('<') ? [a, b] : [b, a];
  return (operator.endsWith('=') || small.length < great.length) && isSubset(small, great);
}

/** Python 2 orders what has no order of its own by type: None, then numbers, then by the type's name. */
function typeRank(value: unknown): string {
  if (value === null) return '0';
  if (numeric(value) !== undefined) return '1';
  return `2${textOf(value) === undefined ? typeName(value) : 'unicode'}`;
}

/** Python 2 compares dicts by size, then by the smallest key that differs, then by its value. */
function compareMappings({ operator, a, b, dialect }: Pair<Mapping>): boolean {
  const bySize = mappingSize(a) - mappingSize(b);
  if (bySize !== 0) return holds(operator, bySize);
  const smallest = (one: Mapping, other: Mapping): unknown =>
    mappingEntries(one)
      .filter(([key, value]) => !same(value, mappingGet(other, key)))
      .map(([key]) => key)
      .sort((x, y) => (compare('<', x, y, dialect) ? -1 : 1))[0];
  const left = smallest(a, b);
  if (left === undefined) return holds(operator, 0);
  const right = smallest(b, a);
  if (!same(left, right)) return compare(operator, left, right, dialect);
  return compare(operator, mappingGet(a, left), mappingGet(b, right), dialect);
}

function compareAnything({ operator, a, b, dialect }: Pair<unknown>): boolean {
  if (isMapping(a) && isMapping(b)) return compareMappings({ operator, a, b, dialect });
  const left = typeRank(a);
  const right = typeRank(b);
  return holds(operator, left < right ? -1 : left > right ? 1 : 0);
}

/** `a < b` and its like. @throws PythonError TypeError where the two have no order, UndefinedError */
export function compare(
  operator: Ordering,
  a: unknown,
  b: unknown,
  dialect: Dialect = 'jinja2',
): boolean {
  if (typeof a === 'number' && typeof b === 'number') return compareNumbers(operator, a, b);
  const left = numeric(a);
  const right = numeric(b);
  if (left !== undefined && right !== undefined) return compareNumbers(operator, left, right);
  const text = textOf(a);
  const other = textOf(b);
  if (text !== undefined && other !== undefined) return holds(operator, compareText(text, other));
  if (a instanceof Undefined) throw a.error();
  if (b instanceof Undefined) throw b.error();
  if (a instanceof SetView && b instanceof SetView) return compareSets({ operator, a, b, dialect });
  if (isSequence(a) && isSequence(b) && sequenceKind(a) === sequenceKind(b)) {
    return compareSequences({ operator, a, b, dialect });
  }
  if (dialect === 'python2') return compareAnything({ operator, a, b, dialect });
  throw typeError(
    `'${operator}' not supported between instances of '${typeName(a)}' and '${typeName(b)}'`,
  );
}
