import { compare } from './compare.ts';
import type { Dialect } from './dialect.ts';

export interface SortOptions {
  readonly key?: (item: unknown) => unknown;
  readonly reverse?: boolean;
  readonly dialect?: Dialect;
}

/** `sorted(items, key=..., reverse=...)`: stable, in reverse too. @throws PythonError where two have no order */
export function sorted(items: readonly unknown[], options: SortOptions = {}): unknown[] {
  const { key = (item: unknown) => item, reverse = false, dialect = 'jinja2' } = options;
  const keyed = items.map((item) => ({ item, key: key(item) }));
  if (reverse) keyed.reverse();
  keyed.sort((a, b) => {
    if (compare('<', a.key, b.key, dialect)) return -1;
    return compare('<', b.key, a.key, dialect) ? 1 : 0;
  });
  if (reverse) keyed.reverse();
  return keyed.map(({ item }) => item);
}
