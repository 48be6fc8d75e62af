import { DIGITS, digitOf, isForeign } from '../../template/foreign.ts';
import { type Contribution, TemplateError, type Traced } from '../../template/index.ts';
import { type Entry, entriesIn, keyOf, tell, type Values } from './entries.ts';
import type { Contents } from './output.ts';

/** A breach in one of the files of a render. */
export interface FileBreach {
  readonly path: string;
  readonly offset: number;
  readonly deed: string;
}

/** Renders the same again. */
export interface Replay {
  /** With values that tell other origins; all else of the contents is the same. */
  readonly render: (values: Values) => Contents;
  /** With what gave which part of each file, by path. */
  readonly trace: (values: Values) => ReadonlyMap<string, Traced>;
}

/** Where a template prints a value. */
export type PrintPlace = Pick<Contribution, 'template' | 'line' | 'column'>;

/** Whose value it was, and where it was printed: nothing where that cannot be told. */
export interface Origin {
  readonly entry: Entry | undefined;
  readonly place: PrintPlace | undefined;
}

/** Numbers are told in this base, by digits from 1: a digit of 0 tells nothing. */
const BASE = DIGITS - 1;
const digit = (index: number, at: number): number => 1 + (Math.floor(index / BASE ** at) % BASE);

/** What the foreign character of a breach tells in a replay. */
function told(contents: Contents, { path, offset }: FileBreach): number {
  const code = contents.get(path)?.charAt(offset) ?? '';
  return isForeign(code) ? digitOf(code) : 0;
}

/** The index of what each breach comes from, told digit by digit in a replay for each; negative where nothing is. */
function indexesOf(
  breaches: readonly FileBreach[],
  { count, replay }: { count: () => number; replay: (at: number) => Contents },
): readonly number[] {
  const indexes = breaches.map(() => 0);
  for (let at = 0; at === 0 || BASE ** at < count(); at++) {
    const contents = replay(at);
    for (const [i, breach] of breaches.entries()) {
      const found = told(contents, breach);
      // What tells nothing tells nothing in any replay: no later digit makes the sum positive again.
      indexes[i] = (indexes[i] as number) + (found === 0 ? -Infinity : (found - 1) * BASE ** at);
    }
  }
  return indexes;
}

/** Whose value each breach is. */
function entriesOf(
  breaches: readonly FileBreach[],
  values: Values,
  { render }: Replay,
): readonly (Entry | undefined)[] {
  const entries = entriesIn(values);
  const indexes = new Map(entries.map((entry, i) => [keyOf(entry), i]));
  const found = indexesOf(breaches, {
    count: () => entries.length,
    replay: (at) => render(tell(values, (key) => digit(indexes.get(key) as number, at))),
  });
  return found.map((index) => entries[index]);
}

/** Too much to be traced is told without a place. */
function attempt<T>(run: () => T): T | undefined {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    return undefined;
  }
}

/** Where each breach was printed. */
function placesOf(
  breaches: readonly FileBreach[],
  values: Values,
  { trace }: Replay,
): readonly (PrintPlace | undefined)[] {
  const files = attempt(() => trace(values));
  return breaches.map(({ path, offset }) => files?.get(path)?.contributions(offset, offset + 1)[0]);
}

/**
 * Finds what breaches come from: whose values by renders that differ in nothing but what foreign characters tell, and
 * from where in the templates by one that is traced.
 */
export function attribute(
  breaches: readonly FileBreach[],
  values: Values,
  replay: Replay,
): readonly Origin[] {
  const entries = entriesOf(breaches, values, replay);
  const places = placesOf(breaches, values, replay);
  return breaches.map((_, i) => ({ entry: entries[i], place: places[i] }));
}
