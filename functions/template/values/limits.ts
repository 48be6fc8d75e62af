import { PythonError } from './python-error.ts';

/** Characters that one text value may have. */
export const MAX_TEXT = 10_000_000;
/** Items that a repetition or a range of a list may have. */
export const MAX_ITEMS = 1_000_000;
/** Numbers in one `range`: MAX_RANGE of Jinja2's sandbox. */
export const MAX_RANGE = 100_000;
/** Bits of the largest integer. */
export const MAX_BITS = 131_072;

const tooLarge = (what: string, limit: number): PythonError =>
  new PythonError('MemoryError', `${what} too large: at most ${limit} allowed`);

/** Refuses a text before it is built. @throws PythonError MemoryError */
export function checkText(length: number): void {
  if (length > MAX_TEXT) throw tooLarge('text', MAX_TEXT);
}

/** Refuses a list before it is built. @throws PythonError MemoryError */
export function checkItems(count: number): void {
  if (count > MAX_ITEMS) throw tooLarge('list', MAX_ITEMS);
}

/** Refuses an integer before it is computed. @throws PythonError MemoryError */
export function checkBits(bits: number): void {
  if (bits > MAX_BITS) throw tooLarge('integer', MAX_BITS);
}
