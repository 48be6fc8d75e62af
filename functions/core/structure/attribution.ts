import { DIGITS, digitOf, isForeign, toldOnce } from '../../template/foreign.ts';
import type { Placing, PrintPlace } from '../../template/index.ts';
import { type Entry, entriesIn, keyOf, tell, type Values } from './entries.ts';
import type { Contents } from './output.ts';

/** A breach in one of the files of a render. */
export interface FileBreach {
  readonly path: string;
  readonly offset: number;
  readonly deed: string;
}

/** Renders the same again, with values that tell other origins; all else of the contents is the same. */
export type Replay = (values: Values, placing?: Placing) => Contents;

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
  replay: Replay,
): readonly (Entry | undefined)[] {
  const entries = entriesIn(values);
  const indexes = new Map(entries.map((entry, i) => [keyOf(entry), i]));
  const found = indexesOf(breaches, {
    count: () => entries.length,
    replay: (at) => replay(tell(values, (key) => digit(indexes.get(key) as number, at))),
  });
  return found.map((index) => entries[index]);
}

/** Where each breach was printed. */
function placesOf(
  breaches: readonly FileBreach[],
  values: Values,
  replay: Replay,
): readonly (PrintPlace | undefined)[] {
  const places = new Map<string, { readonly index: number; readonly place: PrintPlace }>();
  const indexOf = (place: PrintPlace): number => {
    const key = `${place.line} ${place.template}`;
    const known = places.get(key) ?? { index: places.size, place };
    places.set(key, known);
    return known.index;
  };
  const found = indexesOf(breaches, {
    count: () => places.size,
    replay: (at) => replay(values, (text, place) => toldOnce(text, digit(indexOf(place), at))),
  });
  const all = [...places.values()];
  return found.map((index) => all[index]?.place);
}

/** Finds what breaches come from, by renders that differ in nothing but what foreign characters tell. */
export function attribute(
  breaches: readonly FileBreach[],
  values: Values,
  replay: Replay,
): readonly Origin[] {
  const entries = entriesOf(breaches, values, replay);
  const places = placesOf(breaches, values, replay);
  return breaches.map((_, i) => ({ entry: entries[i], place: places[i] }));
}
