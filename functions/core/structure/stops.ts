/** Which characters want a look, by what they stand in: all others are passed over. */
import {
  BACKSLASH,
  BLANK,
  BRACE,
  CONTROL,
  DOLLAR,
  DOUBLE_QUOTE,
  FOREIGN,
  HASH,
  KINDS,
  LINE_FEED,
  PLAIN,
  SINGLE_QUOTE,
  tableOfCodes,
} from './characters.ts';

/** Whatever is not plain. */
export const ANYWHERE = 0x01;
/** Beyond the first word of a line, in no quotes, and in the template's. */
export const IN_WORDS = 0x02;
export const IN_DOUBLE_QUOTES = 0x04;
export const IN_SINGLE_QUOTES = 0x08;
/** In a comment, or where there are no words. */
export const IN_COMMENT = 0x10;

/** Of a value, and inert behind a backslash of the template's, in its double quotes and outside. */
export const ESCAPED = 0x20;

interface Look {
  readonly at: number;
  readonly own: readonly number[];
  readonly foreign: readonly number[];
}

const LOOKS: readonly Look[] = [
  {
    at: IN_WORDS,
    own: [DOUBLE_QUOTE, SINGLE_QUOTE, HASH, BACKSLASH],
    foreign: [BLANK, DOUBLE_QUOTE, SINGLE_QUOTE, HASH, BACKSLASH, BRACE],
  },
  {
    at: IN_DOUBLE_QUOTES,
    own: [DOUBLE_QUOTE, BACKSLASH, DOLLAR],
    foreign: [DOUBLE_QUOTE, BACKSLASH, DOLLAR, BRACE],
  },
  { at: IN_SINGLE_QUOTES, own: [SINGLE_QUOTE], foreign: [SINGLE_QUOTE, BRACE] },
  { at: IN_COMMENT, own: [], foreign: [] },
  { at: ESCAPED, own: [], foreign: [PLAIN, BLANK, DOUBLE_QUOTE, SINGLE_QUOTE, HASH, BACKSLASH] },
];

function stopsOf(kind: number): number {
  if (kind === PLAIN) return 0;
  const stops = LOOKS.filter(({ at, own, foreign }) => {
    if (kind === LINE_FEED || kind === FOREIGN + CONTROL) return at !== ESCAPED;
    return kind < FOREIGN ? own.includes(kind) : foreign.includes(kind - FOREIGN);
  });
  return stops.reduce((sum, { at }) => sum | at, ANYWHERE);
}

const STOPS_OF = Uint8Array.from({ length: 2 * FOREIGN }, (_, kind) => stopsOf(kind));

/** Where each code wants a look: the sum of such places. */
export const STOPS = tableOfCodes((code) => STOPS_OF[KINDS[code] ?? PLAIN] ?? 0);
