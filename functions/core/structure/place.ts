/** What a line of haproxy.cfg is in, character by character. */
import {
  BACKSLASH,
  BLANK,
  BRACE,
  type Characters,
  CONTROL,
  DOLLAR,
  DOUBLE_QUOTE,
  FOREIGN,
  HASH,
  LETTER,
  LINE_FEED,
  PLAIN,
  SINGLE_QUOTE,
} from './characters.ts';
import { ANYWHERE, IN_COMMENT, IN_DOUBLE_QUOTES, IN_SINGLE_QUOTES, IN_WORDS } from './stops.ts';

const [TAB, CARRIAGE_RETURN, N, R, T, X] = [0x09, 0x0d, 0x6e, 0x72, 0x74, 0x78];
const isLetterOfEscape = (code: number): boolean => code === T || code === N || code === R;

/** A position in a line that starts at another one. */
interface Line {
  readonly text: Characters;
  readonly start: number;
  readonly at: number;
}

/** Whether the character at a position is certainly one more of the word that a foreign one beside it is in. */
function isPartOfWord(text: Characters, at: number): boolean {
  if (at >= text.length) return false;
  const kind = text.kindAt(at) % FOREIGN;
  return kind === PLAIN || kind === BRACE;
}

/** A foreign brace means something where it is a word by itself. */
export const isWithinWord = ({ text, start, at }: Line): boolean =>
  isPartOfWord(text, at + 1) || (at > start && isPartOfWord(text, at - 1));

/** Whether a character of a kind is a plain part of its word behind a backslash. */
const isEscapable = (kind: number, quote: number): boolean =>
  (kind >= BLANK && kind <= BACKSLASH) || (kind === DOLLAR && quote === DOUBLE_QUOTE);

/** How many characters a backslash takes, 0 where that wants a closer look. */
function escapedLength(text: Characters, at: number, quote: number): number {
  const isOwn = text.kindAt(at) < FOREIGN;
  const kind = at + 1 < text.length ? text.kindAt(at + 1) : LINE_FEED;
  if (kind === LINE_FEED) return isOwn ? 1 : 0;
  if (kind >= FOREIGN) {
    if (kind === FOREIGN + CONTROL || kind === FOREIGN + LETTER) return 0;
    return isEscapable(kind - FOREIGN, quote) ? 2 : 1;
  }
  const next = text.codes[at + 1] as number;
  if (next === X) return 0;
  const isSpace = next >= TAB && next <= CARRIAGE_RETURN;
  const isEscape = isLetterOfEscape(next) || (!isSpace && isEscapable(kind, quote));
  if (!isEscape) return 1;
  return isOwn ? 2 : 0;
}

/** What a line of haproxy.cfg is in, as it is read. */
export class Place {
  /** The kind of the quote that is open, `HASH` in a comment, else `PLAIN`. */
  quote: number = PLAIN;
  /** Whether an open quote is the template's. */
  isOwnQuote = true;
  private wordStart: number;
  private isBeyondFirst: boolean;

  constructor(start: number, isBeyondFirst: boolean) {
    this.wordStart = start;
    this.isBeyondFirst = isBeyondFirst;
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

  /** What does not change it, and means nothing where it is. */
  get stop(): number {
    if (this.quote === HASH) return IN_COMMENT;
    if (!this.isBeyondFirst || !this.isOwnQuote) return ANYWHERE;
    if (this.quote === PLAIN) return IN_WORDS;
    return this.quote === DOUBLE_QUOTE ? IN_DOUBLE_QUOTES : IN_SINGLE_QUOTES;
  }

  /** Takes what is not plain. @returns how many characters that are, 0 where it wants a closer look */
  take(text: Characters, start: number, at: number): number {
    const kind = text.kindAt(at);
    if (kind === PLAIN) return 1;
    if (this.quote === HASH) return 0;
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
