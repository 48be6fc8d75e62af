/** A text as its characters' codes and kinds: what is read character by character. */
import { meaningAt } from '../../template/foreign.ts';

/** What a character is to HAProxy. */
export const PLAIN = 0;
export const BLANK = 1;
export const DOUBLE_QUOTE = 2;
export const SINGLE_QUOTE = 3;
export const HASH = 4;
export const BACKSLASH = 5;
export const DOLLAR = 6;
export const BRACE = 7;
export const CONTROL = 8;
/** A letter is foreign only where the whole value is a word that begins a section or a condition. */
export const LETTER = 9;
/** What ends the line: a value's is a control character. */
export const LINE_FEED = 10;
/** Added to the kind of what a foreign character stands for. */
export const FOREIGN = 0x10;

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

function kindOfCode(code: number): number {
  const character = String.fromCharCode(code);
  const meaning = meaningAt(character, 0);
  if (meaning >= 0) return FOREIGN + foreignKind(String.fromCharCode(meaning));
  if (character === '\n') return LINE_FEED;
  return /[\t-\r]/.test(character) ? BLANK : (KIND_OF[character] ?? PLAIN);
}

/** All others are plain: to ask each of them would take a third of the time in which a renderer starts. */
const NOT_PLAIN = [
  { first: 0, last: 0x7f },
  { first: 0xdc00, last: 0xdfff },
] as const;

/** A number for each code: 0 for all that are plain. */
export function tableOfCodes(numberOf: (code: number) => number): Uint8Array {
  const table = new Uint8Array(0x10000).fill(PLAIN);
  for (const { first, last } of NOT_PLAIN)
    for (let code = first; code <= last; code++) table[code] = numberOf(code);
  return table;
}

/** What kind of character each code is to HAProxy. */
export const KINDS = tableOfCodes(kindOfCode);

const IS_BIG_ENDIAN = new Uint8Array(Uint16Array.of(1).buffer)[0] === 0;
const ROOM = 0x1000;

/**
 * One text after the other. To ask a string for a code takes longer than to look it up in an array, and to copy it there
 * at once is next to nothing.
 */
export class Characters {
  text = '';
  length = 0;
  /** Up to `length`. */
  codes = new Uint16Array(ROOM);

  /** Takes another text. */
  take(text: string): this {
    this.text = text;
    this.length = text.length;
    if (text.length > this.codes.length) this.codes = new Uint16Array(text.length * 2);
    const bytes = Buffer.from(this.codes.buffer, 0, text.length * 2);
    bytes.write(text, 'utf16le');
    if (IS_BIG_ENDIAN) bytes.swap16();
    return this;
  }

  /** The kind of the character at a position: that of its own, or with `FOREIGN` of what it stands for. */
  kindAt(at: number): number {
    const kind = KINDS[this.codes[at] as number] as number;
    return kind >= FOREIGN && this.isHalf(at) ? PLAIN : kind;
  }

  /** Whether there is a foreign character between two positions. */
  isForeignIn(start: number, end: number): boolean {
    for (let at = start; at < end; at++) if (this.kindAt(at) >= FOREIGN) return true;
    return false;
  }

  /** Whether the low surrogate at a position is half of a character. */
  private isHalf(at: number): boolean {
    const before = at === 0 ? 0 : (this.codes[at - 1] as number);
    return before >= 0xd800 && before < 0xdc00;
  }
}
