/**
 * Lines whose foreign characters are surely no more than themselves, told at a glance: while all that were met are, what
 * stands around them is read as it would be beside harmless ones. False does not mean that one is more.
 */
import { nextForeign } from '../../template/foreign.ts';
import {
  BLANK,
  BRACE,
  type Characters,
  CONTROL,
  FOREIGN,
  HASH,
  LETTER,
  LINE_FEED,
  PLAIN,
} from './characters.ts';
import { isWithinWord, Place } from './place.ts';
import { ANYWHERE, ESCAPED, IN_COMMENT, IN_DOUBLE_QUOTES, IN_WORDS, STOPS } from './stops.ts';

const [TAB, LINE_FEED_CODE, SPACE, BACKSLASH_CODE] = [0x09, 0x0a, 0x20, 0x5c];

/**
 * Where the line ends that starts at a position, given as a negative number (`~end`) where it wants a closer look: it has
 * foreign characters that may be more than themselves.
 */
export type Glance = (text: Characters, start: number) => number;

/** A line that is not told at a glance, up to a position. */
function closerLook({ text }: Characters, start: number, at: number): number {
  const next = text.indexOf('\n', at);
  const end = next < 0 ? text.length : next;
  const foreign = nextForeign(text, start);
  return foreign >= 0 && foreign < end ? ~end : end;
}

/** Where the next character is that wants a look in a place of this kind; the text's end where there is none. */
function beyond({ codes, length }: Characters, from: number, stop: number): number {
  const stops = STOPS;
  let at = from;
  while (at < length && ((stops[codes[at] as number] as number) & stop) === 0) at++;
  return at;
}

/** Where the second word may begin, behind a plain first one and its blank; the start of the line where it is not so. */
function beyondFirstWord(text: Characters, start: number): number {
  const { codes, length } = text;
  let at = start;
  while (at < length && codes[at] === SPACE) at++;
  const first = at;
  at = beyond(text, at, ANYWHERE);
  return at > first && at < length && codes[at] === SPACE ? at + 1 : start;
}

const HAS_ESCAPES = IN_WORDS | IN_DOUBLE_QUOTES;

/** Whether a character is a value's behind a backslash of the template's, and inert there. */
const isEscaped = ({ codes, length }: Characters, at: number): boolean =>
  at < length &&
  codes[at - 1] === BACKSLASH_CODE &&
  ((STOPS[codes[at] as number] as number) & ESCAPED) !== 0;

/** A line of haproxy.cfg. */
export const glanceAtConfiguration: Glance = (text, start) => {
  const { codes, length } = text;
  let at = beyondFirstWord(text, start);
  const place = new Place(at, at > start);
  for (let stop = place.stop; ; stop = place.stop) {
    at = beyond(text, at, stop);
    if (at === length || codes[at] === LINE_FEED_CODE) break;
    if ((stop & HAS_ESCAPES) !== 0 && isEscaped(text, at + 1)) {
      at += 2;
      continue;
    }
    const taken = place.take(text, start, at);
    if (taken === 0) return closerLook(text, start, at);
    at += taken;
  }
  return place.isOwnQuote ? at : closerLook(text, start, at);
};

/** A line of words that no quotes hold together: of a map, of patterns, of a crt-list. */
export const glanceAtList: Glance = (text, start) => {
  let isBlankSoFar = true;
  let at = start;
  for (; at < text.length; at++) {
    const kind = text.kindAt(at);
    if (kind === LINE_FEED) break;
    if (kind < FOREIGN) {
      isBlankSoFar &&= text.codes[at] === SPACE || text.codes[at] === TAB;
      continue;
    }
    const meant = kind - FOREIGN;
    const isInert =
      meant !== BLANK &&
      meant !== CONTROL &&
      meant !== LETTER &&
      (meant !== HASH || !isBlankSoFar) &&
      (meant !== BRACE || isWithinWord({ text, start, at }));
    if (!isInert) return closerLook(text, start, at);
    isBlankSoFar = false;
  }
  return at;
};

/** A line of a file that nobody reads by words: only control characters mean something there. */
export const glanceAnywhere: Glance = (text, start) => {
  const { codes, length } = text;
  for (let at = start; ; at++) {
    at = beyond(text, at, IN_COMMENT);
    if (at === length || codes[at] === LINE_FEED_CODE) return at;
    if (text.kindAt(at) !== PLAIN) return closerLook(text, start, at);
  }
};
