import { textOf } from '../compare.ts';
import { plain } from '../text/foreign.ts';
import { getitem } from '../lookup.ts';
import { Undefined } from '../classes/undefined.ts';
import type { Runtime } from './filter.ts';

/** Strings in lower case, everything else as it is: how sorting and grouping compare unless told otherwise. */
export function ignoreCase(value: unknown): unknown {
  const text = textOf(value);
  return text === undefined ? value : text.toLowerCase();
}

/** The steps of a dotted path; digits are positions. */
function pathOf(attribute: unknown): unknown[] {
  if (attribute === null || attribute === undefined) return [];
  const text = textOf(attribute);
  if (text === undefined) return [attribute];
  return plain(text)
    .split('.')
    .map((part) => (/^\p{Nd}+$/u.test(part) ? Number(part) : part));
}

export interface GetterOptions {
  /** What replaces an undefined attribute; None means nothing does. */
  readonly otherwise?: unknown;
  readonly ignoringCase?: boolean;
}

/** Jinja2's `make_attrgetter`: looks up a dotted attribute of each object that it is called with. */
export function attributeGetter(
  { dialect }: Runtime,
  attribute: unknown,
  { otherwise = null, ignoringCase = false }: GetterOptions = {},
): (item: unknown) => unknown {
  const path = pathOf(attribute);
  return (item) => {
    let value = item;
    for (const part of path) {
      value = getitem(value, part, dialect);
      if (otherwise !== null && value instanceof Undefined) value = otherwise;
    }
    return ignoringCase ? ignoreCase(value) : value;
  };
}

/** Jinja2's `make_multi_attrgetter`: attributes separated by commas, their values as a list. */
export function attributesGetter(
  runtime: Runtime,
  attribute: unknown,
  options: GetterOptions,
): (item: unknown) => unknown[] {
  const names = textOf(attribute)?.split(',') ?? [attribute];
  const getters = names.map((name) => attributeGetter(runtime, name, options));
  return (item) => getters.map((get) => get(item));
}
