import type { FieldPath } from './field-path.ts';
import { parseFieldPath } from './field-path.ts';
import { type Items, NO_ITEMS } from './index-of-field.ts';
import {
  findBucket,
  findIn,
  type Lineage,
  lineageOf,
  type Wanted,
  wantedOf,
} from './indexed-list.ts';
import type { Kwargs } from '../classes/kwargs.ts';
import { noteLookup } from './lookups.ts';
import { TemplateObject } from '../classes/object.ts';
import { str } from '../print.ts';
import { type PythonError, typeError, valueError } from '../python-error.ts';
import { textOf } from '../compare.ts';
import { typeName } from '../type-name.ts';
import { Undefined } from '../classes/undefined.ts';

/** The methods of an indexed list. */
export type Finder = 'at' | 'by';
export const isFinder = (name: string): name is Finder => name === 'at' || name === 'by';

const NAMESPACE: FieldPath = ['metadata', 'namespace'];
const NAME: FieldPath = ['metadata', 'name'];
/** Paths as they stand in templates. */
const paths = new Map<string, FieldPath>();
const MOST_PATHS = 1000;

function badPath(text: unknown): PythonError {
  if (textOf(text) === undefined)
    return typeError(`by() needs the path of a field, not ${typeName(text)}`);
  return valueError(
    `by() needs the path of a field, such as 'metadata.labels["a/b"]', not '${str(text)}'`,
  );
}

function pathOf(text: unknown): FieldPath {
  const known = paths.get(text as string);
  if (known !== undefined) return known;
  const path = parseFieldPath(textOf(text) ?? '');
  if (path === undefined) throw badPath(text);
  if (paths.size >= MOST_PATHS) paths.clear();
  paths.set(text as string, path);
  return path;
}

function wanted(finder: Finder, args: readonly unknown[], kwargs: Kwargs | undefined): Wanted {
  if (kwargs !== undefined && kwargs.size > 0)
    throw typeError(`${finder}() takes no keyword arguments`);
  if (finder === 'at') {
    if (args.length === 1) return wantedOf([NAME], args);
    if (args.length === 2) return wantedOf([NAMESPACE, NAME], args);
    throw typeError(`at() takes a name, or a namespace and a name (${args.length} given)`);
  }
  if (args.length === 0 || args.length % 2 === 1)
    throw typeError(`by() takes paths of fields, each with a value (${args.length} given)`);
  const isPath = (_: unknown, i: number): boolean => i % 2 === 0;
  return wantedOf(
    args.filter(isPath).map(pathOf),
    args.filter((_, i) => !isPath(_, i)),
  );
}

function answer(finder: Finder, found: Items, args: readonly unknown[]): unknown {
  if (finder === 'by') return found;
  return found[0] ?? Undefined.because(`there is no ${args.map((arg) => str(arg)).join('/')}`);
}

/** Runs a method of an indexed list. @throws PythonError for wrong arguments */
export function findBy(
  list: Items,
  finder: Finder,
  { args, kwargs }: { readonly args: readonly unknown[]; readonly kwargs?: Kwargs | undefined },
): unknown {
  return answer(finder, findIn(list, wanted(finder, args, kwargs)), args);
}

const sameItems = (a: Items, b: Items): boolean =>
  a.length === b.length && a.every((item, i) => item === b[i]);

interface Named {
  readonly list: Items;
  readonly lineage: Lineage | undefined;
}

/**
 * Lists by name, of which a round of a loop depends on no more than what it looked at: the whole of a list that it
 * read, or the items that it found by their fields.
 */
export class Inputs extends TemplateObject {
  readonly typeName = 'Inputs';
  private readonly lists: ReadonlyMap<string, Named>;

  constructor(lists: ReadonlyMap<string, Items>) {
    super();
    this.lists = new Map(
      Array.from(lists, ([name, list]) => [name, { list, lineage: lineageOf(list) }]),
    );
  }

  has(name: string): boolean {
    return this.lists.has(name);
  }

  override attribute(name: string): unknown {
    const list = this.lists.get(name)?.list;
    if (list !== undefined)
      noteLookup({ isSame: (inputs) => inputs.lists.get(name)?.list === list });
    return list;
  }

  /** `inputs.NAME.by(...)` and `inputs.NAME.at(...)`. @throws PythonError for wrong arguments */
  find(
    name: string,
    finder: Finder,
    { args, kwargs }: { readonly args: readonly unknown[]; readonly kwargs?: Kwargs | undefined },
  ): unknown {
    let { list, lineage } = this.lists.get(name) as Named;
    const what = wanted(finder, args, kwargs);
    let bucket = findBucket(list, what);
    const found = bucket?.items ?? NO_ITEMS;
    noteLookup({
      isSame: (inputs) => {
        const now = inputs.lists.get(name);
        if (now === undefined) return false;
        if (now.list === list) return true;
        if (now.lineage === lineage && bucket && !bucket.isOld) return true;
        const next = findBucket(now.list, what);
        if (!sameItems(next?.items ?? NO_ITEMS, found)) return false;
        ({ list, lineage } = now);
        bucket = next;
        return true;
      },
    });
    return answer(finder, found, args);
  }

  override repr(): string {
    return `<Inputs ${[...this.lists.keys()].join(', ')}>`;
  }
}
