/**
 * One line of an HAProxy configuration, cut into words.
 * Source: HAProxy configuration manual, 2.2 "Quoting and escaping" and 2.3 "Environment variables".
 */
export interface ConfigLine {
  /** How many lines it stands below the first of its section. */
  readonly offset: number;
  /** The words as written, with quotes and escapes: lines of equal raw words mean the same. */
  readonly raw: readonly string[];
  /**
   * The words as HAProxy reads them, where that is certain from the text alone. A line that refers to the
   * environment, or that is quoted in a way not understood here, is `opaque`: its words are the raw ones.
   */
  readonly words: readonly string[];
  readonly opaque: boolean;
}

/** What a line can be besides words: nothing (blank, or a comment), or broken. */
export type LineResult =
  | { readonly kind: 'blank' }
  | { readonly kind: 'words'; readonly line: ConfigLine }
  | { readonly kind: 'broken'; readonly reason: string };

const SPACE = /[ \t\v\f\r]+/;
const SPECIAL = /["'\\#$]/;
const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t' };
const LITERAL_ESCAPES = new Set([' ', '\\', '#', "'", '"']);

interface Scan {
  readonly text: string;
  at: number;
  word: string;
  started: boolean;
  opaque: boolean;
}

/** A backslash outside of strong quotes. Returns whether the text goes on after it. */
function scanEscape(scan: Scan): boolean {
  const next = scan.text[scan.at + 1];
  if (next === undefined) return false;
  const hex = next === 'x' ? /^[0-9a-fA-F]{2}/.exec(scan.text.slice(scan.at + 2))?.[0] : undefined;
  if (hex !== undefined) {
    scan.word += String.fromCharCode(Number.parseInt(hex, 16));
    // A byte over 0x7f is no character here, and a NUL ends HAProxy's strings.
    if (Number.parseInt(hex, 16) > 0x7f || hex === '00') scan.opaque = true;
    scan.at += 4;
  } else if (LITERAL_ESCAPES.has(next)) {
    scan.word += next;
    scan.at += 2;
  } else if (ESCAPES[next] !== undefined) {
    scan.word += ESCAPES[next];
    scan.at += 2;
  } else {
    scan.opaque = true;
    scan.word += `\\${next}`;
    scan.at += 2;
  }
  return true;
}

/** Text inside of quotes, up to and with the closing one. Returns whether there is a closing one. */
function scanQuoted(scan: Scan, quote: string): boolean {
  scan.at += 1;
  scan.started = true;
  for (;;) {
    const char = scan.text[scan.at];
    if (char === undefined) return false;
    if (char === quote) break;
    if (char === '\\' && quote === '"') {
      if (!scanEscape(scan)) return false;
      continue;
    }
    // Strong quotes keep HAProxy's parser from a `$`, but addresses are expanded once more when they are read.
    if (char === '$') scan.opaque = true;
    scan.word += char;
    scan.at += 1;
  }
  scan.at += 1;
  return true;
}

/** Cuts a line that has quotes, escapes, a comment or a `$` in it. */
function scanLine(text: string, offset: number): LineResult {
  const scan: Scan = { text, at: 0, word: '', started: false, opaque: false };
  const raw: string[] = [];
  const words: string[] = [];
  let start = 0;
  const end = () => {
    if (scan.started) {
      raw.push(text.slice(start, scan.at));
      words.push(scan.word);
    }
    scan.word = '';
    scan.started = false;
  };
  while (scan.at < text.length) {
    const char = text[scan.at] as string;
    if (char === '#') break;
    if (SPACE.test(char)) {
      end();
      scan.at += 1;
      continue;
    }
    if (!scan.started) start = scan.at;
    scan.started = true;
    if (char === '"' || char === "'") {
      if (!scanQuoted(scan, char)) return { kind: 'broken', reason: 'a quote that does not end' };
    } else if (char === '\\') {
      if (!scanEscape(scan))
        return { kind: 'broken', reason: 'a backslash at the end of the line' };
    } else {
      if (char === '$') scan.opaque = true;
      scan.word += char;
      scan.at += 1;
    }
  }
  end();
  if (raw.length === 0) return { kind: 'blank' };
  const { opaque } = scan;
  return { kind: 'words', line: { offset, raw, words: opaque ? raw : words, opaque } };
}

/** Cuts a line into words as HAProxy does. */
export function parseLine(text: string, offset: number): LineResult {
  if (text.includes('\0')) return { kind: 'broken', reason: 'a NUL character' };
  if (SPECIAL.test(text)) return scanLine(text, offset);
  const words = text.split(SPACE).filter((word) => word !== '');
  if (words.length === 0) return { kind: 'blank' };
  return { kind: 'words', line: { offset, raw: words, words, opaque: false } };
}
