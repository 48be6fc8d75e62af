/** Lines of the files that haproxy.cfg names: Configuration Manual 7.1.3 (`-f`), 7.3.1 (`map`), 5.1 (`crt-list`). */
import { BLANK, COMMENT, type LineReader } from './words.ts';

const NOTHING = { open: '', controls: [] } as const;

/** A line of which the first `count` words count, and all that is left is one more. */
function readWords(line: string, count: number): ReturnType<LineReader> {
  const places = new Int32Array(line.length).fill(BLANK);
  const roles = new Uint8Array(line.length);
  const words: string[] = [];
  const end = line.length - (/[ \t]+$/.exec(line)?.[0].length ?? 0);
  if (/^[ \t]*#/.test(line)) return { ...NOTHING, places: places.fill(COMMENT), roles, words };
  for (let at = 0; at < end; ) {
    const blank = /^[ \t]+/.exec(line.slice(at))?.[0].length ?? 0;
    at += blank;
    const rest = line.slice(at, end);
    const word = words.length < count ? (/^[^ \t]+/.exec(rest)?.[0] ?? '') : rest;
    places.fill(words.length, at, at + word.length);
    words.push(word);
    at += word.length;
  }
  return { ...NOTHING, places, roles, words };
}

/** A key and a value. */
export const readMapLine: LineReader = (line) => readWords(line, 1);

/** One pattern, blanks and all. */
export const readPatternLine: LineReader = (line) => readWords(line, 0);

/** A certificate, its options in brackets, and names: all words. */
export const readCrtListLine: LineReader = (line) => readWords(line, Number.POSITIVE_INFINITY);
