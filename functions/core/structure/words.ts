/**
 * What a character of a line is to whoever reads the line: part of a word (from 0), or one of these.
 */
export const BLANK = -1;
export const COMMENT = -2;

/** How a line of a delivered file is read. */
export interface Reading {
  /** For each character of the line: the number of its word, `BLANK` or `COMMENT`. */
  readonly places: Int32Array;
  /** For each character that is not its plain self (a quote, an escape, a variable): which kind it is; else 0. */
  readonly roles: Uint8Array;
  /** The words, unquoted. */
  readonly words: readonly string[];
  /** What is open where the line ends: a quote or a variable; else empty. */
  readonly open: string;
  /** Where the line asks for a control character by its code. */
  readonly controls: readonly number[];
}

/** Reads a line without its end. */
export type LineReader = (line: string) => Reading;
