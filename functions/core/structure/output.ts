import { type Fragment, plainOf, textOf } from '../../template/fragment.ts';

/** What a render gives: the fragments of each file, by path. */
export type Output = ReadonlyMap<string, readonly Fragment[]>;

/** The contents of a render's files by path. */
export type Contents = ReadonlyMap<string, string>;

const mapped = (output: Output, write: (fragments: readonly Fragment[]) => string): Contents =>
  new Map(Array.from(output, ([path, fragments]) => [path, write(fragments)]));

/** With foreign characters in them. */
export const contentsOf = (output: Output): Contents => mapped(output, textOf);

/** As they are delivered. */
export const plainContentsOf = (output: Output): Contents => mapped(output, plainOf);
