import { repr } from '../print.ts';
import { valueError } from '../python-error.ts';
import { characters } from '../text.ts';

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

const isBlank = (chunk: string[] | undefined): boolean =>
  chunk !== undefined && chunk.join('').trim() === '';

/** How much of a word that fits on no line goes on this one. */
function breakPoint(word: readonly string[], room: number, breakOnHyphens: boolean): number {
  if (!breakOnHyphens || word.length <= room) return room;
  const hyphen = word.slice(0, room).lastIndexOf('-');
  const hasMore = word.slice(0, Math.max(0, hyphen)).some((character) => character !== '-');
  return hyphen > 0 && hasMore ? hyphen + 1 : room;
}

/** `textwrap.wrap(text, ...)` without expanding tabs or replacing white space. @throws PythonError ValueError */
export function wrapText(text: string, options: WrapOptions): string[] {
  const { width, breakLongWords, breakOnHyphens } = options;
  if (width <= 0) throw valueError(`invalid width ${repr(width)} (must be > 0)`);
  // Each chunk is its characters, since widths count code points.
  const chunks = text
    .split(breakOnHyphens ? CHUNKS : SIMPLE_CHUNKS)
    .filter((chunk) => chunk !== '')
    .map(characters)
    .reverse();
  const lines: string[] = [];
  while (chunks.length > 0) {
    const line: string[][] = [];
    let used = 0;
    if (lines.length > 0 && isBlank(chunks.at(-1))) chunks.pop();
    for (let next = chunks.at(-1); next !== undefined; next = chunks.at(-1)) {
      if (used + next.length > width) break;
      line.push(next);
      used += next.length;
      chunks.pop();
    }
    const long = chunks.at(-1);
    if (long !== undefined && long.length > width) {
      if (breakLongWords) {
        const end = breakPoint(long, width - used, breakOnHyphens);
        line.push(long.slice(0, end));
        chunks[chunks.length - 1] = long.slice(end);
      } else if (line.length === 0) {
        line.push(long);
        chunks.pop();
      }
    }
    if (isBlank(line.at(-1))) line.pop();
    if (line.length > 0) lines.push(line.map((chunk) => chunk.join('')).join(''));
  }
  return lines;
}
