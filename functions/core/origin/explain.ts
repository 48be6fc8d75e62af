import type { Traced } from '../../template/index.ts';
import { CONFIG_PATH } from '../../wire/bundle.ts';
import type { Values } from '../structure/entries.ts';
import type { Contents } from '../structure/output.ts';
import { explainFile, type LineRange } from './lines.ts';
import type { ExplainedFile, Origin } from './origin.ts';
import { Owners } from './owners.ts';
import { findTelltale, type Telltale } from './telltale.ts';

/** Which lines are asked about. */
export interface ExplainQuestion {
  /** By number: of this file, or of all. */
  readonly file?: string;
  readonly lines?: LineRange;
  /** By what they say, instead: in another render they may stand elsewhere. */
  readonly telltales?: readonly Telltale[];
}

export interface Explained {
  /** Of the files that are asked about, the configuration first; nothing where telltales are. */
  readonly files: readonly ExplainedFile[];
  /** One for each telltale; undefined where the line is not there. */
  readonly origins: readonly (Origin | undefined)[];
}

/** A render whose lines can be explained. */
export interface Explainable {
  readonly contents: Contents;
  readonly traced: ReadonlyMap<string, Traced>;
  readonly values: Values;
}

/** Tells where lines of a render come from. */
export function explain(
  { contents, traced, values }: Explainable,
  { file, lines = {}, telltales }: ExplainQuestion,
): Explained {
  let owners: Owners | undefined;
  const one = (path: string, range: LineRange): readonly ExplainedFile[] => {
    const [content, told] = [contents.get(path), traced.get(path)];
    if (content === undefined || told === undefined) return [];
    owners ??= new Owners(values.services);
    return [explainFile({ path, content, traced: told }, owners, range)];
  };
  if (telltales) {
    const origins = telltales.map((telltale) => {
      const line = findTelltale(contents.get(telltale.path) ?? '', telltale);
      if (line === undefined) return undefined;
      return one(telltale.path, { from: line, to: line })[0]?.lines[0]?.origin;
    });
    return { files: [], origins };
  }
  const paths = [...contents.keys()].sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1));
  const asked = file === undefined ? paths : [file];
  return { files: asked.flatMap((path) => one(path, lines)), origins: [] };
}

const rank = (path: string): number => (path === CONFIG_PATH ? 0 : 1);
