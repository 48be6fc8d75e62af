/**
 * Lines whose foreign characters are surely no more than themselves, told at a glance: while all that were met are, what
 * stands around them is read as it would be beside harmless ones. False does not mean that one is more.
 */
import { meaningAt, nextForeign } from '../../template/foreign.ts';

const PLAIN = 0;
const BLANK = 1;
const DOUBLE_QUOTE = 2;
const SINGLE_QUOTE = 3;
const HASH = 4;
const BACKSLASH = 5;
const DOLLAR = 6;
const BRACE = 7;
const CONTROL = 8;
/** A letter is foreign only where the whole value is a word that begins a section or a condition. */
const LETTER = 9;
/** What ends the line: a value's is a control character. */
const LINE_FEED = 10;
/** Added to the kind of what a foreign character stands for. */
const FOREIGN = 0x10;

const KIND_OF: Readonly<Record<string, number>> = {
  ' ': BLANK,
  '"': DOUBLE_QUOTE,
  "'": SINGLE_QUOTE,
  '#': HASH,
  '\\': BACKSLASH,
  $: DOLLAR,
  '{': BRACE,
  '}': BRACE,
};

function foreignKind(meaning: string): number {
  if (/[\p{Cc}\u2028\u2029]/u.test(meaning)) return CONTROL;
  return /[a-z.]/.test(meaning) ? LETTER : (KIND_OF[meaning] ?? PLAIN);
}

/** What kind of character each code is to HAProxy. */
const KINDS = Uint8Array.from({ length: 0x10000 }, (_, code) => {
  const character = String.fromCharCode(code);
  const meaning = meaningAt(character, 0);
  if (meaning >= 0) return FOREIGN + foreignKind(String.fromCharCode(meaning));
  if (character === '\n') return LINE_FEED;
  return /[\t-\r]/.test(character) ? BLANK : (KIND_OF[character] ?? PLAIN);
});

/** The kind of the character at a position: that of its own, or with `FOREIGN` of what it stands for. */
function kindAt(text: string, at: number): number {
  const kind = KINDS[text.charCodeAt(at)] as number;
  return kind >= FOREIGN && meaningAt(text, at) < 0 ? PLAIN : kind;
}

/** A position in a line that starts at another one. */
interface Line {
  readonly text: string;
  readonly start: number;
  readonly at: number;
}

/** Whether the character at a position is certainly one more of the word that a foreign one beside it is in. */
function isPartOfWord(text: string, at: number): boolean {
  if (at >= text.length) return false;
  const kind = kindAt(text, at) % FOREIGN;
  return kind === PLAIN || kind === BRACE;
}

/** A foreign brace means something where it is a word by itself. */
const isWithinWord = ({ text, start, at }: Line): boolean =>
  isPartOfWord(text, at + 1) || (at > start && isPartOfWord(text, at - 1));

/** Whether a character of a kind is a plain part of its word behind a backslash. */
const isEscapable = (kind: number, quote: number): boolean =>
  (kind >= BLANK && kind <= BACKSLASH) || (kind === DOLLAR && quote === DOUBLE_QUOTE);

/** How many characters a backslash takes, 0 where that wants a closer look. */
function escapedLength(text: string, at: number, quote: number): number {
  const isOwn = kindAt(text, at) < FOREIGN;
  const kind = at + 1 < text.length ? kindAt(text, at + 1) : LINE_FEED;
  if (kind === LINE_FEED) return isOwn ? 1 : 0;
  if (kind >= FOREIGN) {
    if (kind === FOREIGN + CONTROL || kind === FOREIGN + LETTER) return 0;
    return isEscapable(kind - FOREIGN, quote) ? 2 : 1;
  }
  const next = text.charAt(at + 1);
  if (next === 'x') return 0;
  const isEscape = /[tnr]/.test(next) || (!/[\t-\r]/.test(next) && isEscapable(kind, quote));
  if (!isEscape) return 1;
  return isOwn ? 2 : 0;
}

/**
 * Where the line ends that starts at a position, given as a negative number (`~end`) where it wants a closer look: it has
 * foreign characters that may be more than themselves.
 */
export type Glance = (text: string, start: number) => number;

/** A line that is not told at a glance, up to a position. */
function closerLook(text: string, start: number, at: number): number {
  const next = text.indexOf('\n', at);
  const end = next < 0 ? text.length : next;
  const foreign = nextForeign(text, start);
  return foreign >= 0 && foreign < end ? ~end : end;
}

/** What a line of haproxy.cfg is in, as it is read. */
class Place {
  /** The kind of the quote that is open, `HASH` in a comment, else `PLAIN`. */
  quote: number = PLAIN;
  /** Whether an open quote is the template's. */
  isOwnQuote = true;
  private wordStart: number;
  private isBeyondFirst = false;

  constructor(start: number) {
    this.wordStart = start;
  }

  private takeOwn(kind: number, at: number): boolean {
    const { quote } = this;
    if (quote === PLAIN) {
      if (kind === BLANK) {
        this.isBeyondFirst ||= at > this.wordStart;
        this.wordStart = at + 1;
      } else if (kind <= HASH) this.quote = kind;
      return true;
    }
    if (!this.isOwnQuote) return kind === BRACE;
    if (kind === quote) this.quote = PLAIN;
    return kind !== DOLLAR || quote !== DOUBLE_QUOTE;
  }

  /** A value's quotes that hold none of the template's blanks and quotes, and are in no word that begins the line. */
  private takeForeignQuote(kind: number): boolean {
    const { quote } = this;
    if (quote !== PLAIN && quote !== kind) return true;
    if (quote === kind && this.isOwnQuote) return false;
    this.quote = quote === PLAIN ? kind : PLAIN;
    this.isOwnQuote = quote === kind;
    return this.isBeyondFirst;
  }

  private takeForeign(kind: number, line: Line): boolean {
    const { quote } = this;
    switch (kind) {
      case BLANK:
      case HASH:
        return quote !== PLAIN;
      case DOUBLE_QUOTE:
      case SINGLE_QUOTE:
        return this.takeForeignQuote(kind);
      case DOLLAR:
        return quote !== DOUBLE_QUOTE;
      case BRACE:
        return isWithinWord(line);
      case LETTER:
        return this.isBeyondFirst;
      default:
        return kind !== CONTROL;
    }
  }

  /** Takes what is not plain. @returns how many characters that are, 0 where it wants a closer look */
  take(text: string, start: number, at: number): number {
    const kind = kindAt(text, at);
    if (kind === PLAIN) return 1;
    if (kind % FOREIGN === BACKSLASH && this.quote !== SINGLE_QUOTE) {
      return this.isOwnQuote || kind >= FOREIGN ? escapedLength(text, at, this.quote) : 0;
    }
    const isTaken =
      kind < FOREIGN
        ? this.takeOwn(kind, at)
        : this.takeForeign(kind - FOREIGN, { text, start, at });
    return isTaken ? 1 : 0;
  }
}

/** A line that from a position on is in no words: only control characters mean something there. */
function glanceBeyondWords(text: string, start: number, from: number): number {
  let at = from;
  for (; at < text.length; at++) {
    const kind = KINDS[text.charCodeAt(at)];
    if (kind === LINE_FEED) break;
    if (kind === FOREIGN + CONTROL && meaningAt(text, at) >= 0) return closerLook(text, start, at);
  }
  return at;
}

/** A line of haproxy.cfg. */
export const glanceAtConfiguration: Glance = (text, start) => {
  const place = new Place(start);
  let at = start;
  while (at < text.length) {
    const kind = KINDS[text.charCodeAt(at)];
    if (kind === LINE_FEED) break;
    const taken = kind === PLAIN ? 1 : place.take(text, start, at);
    if (taken === 0) return closerLook(text, start, at);
    at += taken;
    if (place.quote === HASH) return glanceBeyondWords(text, start, at);
  }
  return place.isOwnQuote ? at : closerLook(text, start, at);
};

/** A line of words that no quotes hold together: of a map, of patterns, of a crt-list. */
export const glanceAtList: Glance = (text, start) => {
  let isBlankSoFar = true;
  let at = start;
  for (; at < text.length; at++) {
    const kind = kindAt(text, at);
    if (kind === LINE_FEED) break;
    if (kind < FOREIGN) {
      isBlankSoFar &&= text.charAt(at) === ' ' || text.charAt(at) === '\t';
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

/** A line of a file that nobody reads by words. */
export const glanceAnywhere: Glance = (text, start) => glanceBeyondWords(text, start, start);
