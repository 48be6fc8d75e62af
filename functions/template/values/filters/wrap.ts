import { characters } from '../text/text.ts';

export interface WrapOptions {
  readonly width: number;
  readonly breakLongWords: boolean;
  readonly breakOnHyphens: boolean;
}

const SPACE = '\\t\\n\\v\\f\\r ';
const WORD = '[\\p{L}\\p{N}_]';
const PUNCTUATED = '[\\p{L}\\p{N}_!"\'&.,?]';
const LETTER = '[\\p{L}\\p{Nl}\\p{No}_]';

/** `TextWrapper.wordsep_re` of Python's textwrap: white space, dashes between words, words up to a hyphen. */
const CHUNKS = new RegExp(
  `([${SPACE}]+|(?<=${PUNCTUATED})-{2,}(?=${WORD})|[^${SPACE}]+?(?:-(?:(?<=${LETTER}{2}-)|(?<=${LETTER}-${PUNCTUATED}-))(?=${LETTER}-?${LETTER})|(?=[${SPACE}]|$)|(?<=${PUNCTUATED})(?=-{2,}${WORD})))`,
  'u',
);
const SIMPLE_CHUNKS = new RegExp(`([${SPACE}]+)`, 'u');

/** A chunk as its characters, since widths count code points; what a line took of it is counted, not copied. */
class Chunk {
  private readonly characters: readonly string[];
  private start = 0;

  constructor(text: string) {
    this.characters = characters(text);
  }

  get length(): number {
    return this.characters.length - this.start;
  }

  /** Whether it is white space: the split leaves none and other characters in one chunk. */
  get isBlank(): boolean {
    return this.text(1).trim() === '';
  }

  /** The first characters. */
  text(count: number): string {
    return this.characters.slice(this.start, this.start + count).join('');
  }

  /** Takes the first characters away. */
  take(count: number): string {
    const taken = this.text(count);
    this.start += count;
    return taken;
  }

  /** How much of a word that fits on no line goes on one that has room. */
  breakPoint(room: number, breakOnHyphens: boolean): number {
    if (!breakOnHyphens || this.length <= room) return room;
    const head = this.characters.slice(this.start, this.start + room);
    const hyphen = head.lastIndexOf('-');
    const hasMore = head.slice(0, Math.max(0, hyphen)).some((character) => character !== '-');
    return hyphen > 0 && hasMore ? hyphen + 1 : room;
  }
}

/** The text of one line: as many chunks as fit, or a part of one that fits on no line. */
function nextLine(chunks: Chunk[], options: WrapOptions): string[] {
  const { width, breakLongWords, breakOnHyphens } = options;
  const line: string[] = [];
  let used = 0;
  for (let next = chunks.at(-1); next !== undefined; next = chunks.at(-1)) {
    if (used + next.length > width) break;
    used += next.length;
    line.push(next.text(next.length));
    chunks.pop();
  }
  const long = chunks.at(-1);
  if (long === undefined || long.length <= width) return line;
  if (breakLongWords) line.push(long.take(long.breakPoint(width - used, breakOnHyphens)));
  else if (line.length === 0) {
    line.push(long.text(long.length));
    chunks.pop();
  }
  return line;
}

/** `textwrap.wrap(text, ...)` without expanding tabs or replacing white space; the width is more than 0. */
export function wrapText(text: string, options: WrapOptions): string[] {
  const chunks = text
    .split(options.breakOnHyphens ? CHUNKS : SIMPLE_CHUNKS)
    .filter((chunk) => chunk !== '')
    .map((chunk) => new Chunk(chunk))
    .reverse();
  const lines: string[] = [];
  while (chunks.length > 0) {
    if (lines.length > 0 && chunks.at(-1)?.isBlank) chunks.pop();
    const line = nextLine(chunks, options);
    if (line.at(-1)?.trim() === '') line.pop();
    if (line.length > 0) lines.push(line.join(''));
  }
  return lines;
}
