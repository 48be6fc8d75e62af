import { MAX_DEPTH } from './limits.ts';
import {
  afterString,
  BACKSLASH,
  CLOSE_LIST,
  CLOSE_OBJECT,
  COLON,
  isSpace,
  OPEN_LIST,
  OPEN_OBJECT,
  QUOTE,
} from './text.ts';

/** Digits of an integer that is exact as a double, whichever they are. */
const SAFE_DIGITS = 15;

const MINUS = 0x2d;
const POINT = 0x2e;
const ZERO = 0x30;
const NINE = 0x39;
const UPPER_E = 0x45;
const UNDERSCORE = 0x5f;
const LOWER_E = 0x65;

const isDigit = (code: number): boolean => code >= ZERO && code <= NINE;

/** Whether the string between two positions is a key that an object of JavaScript might treat in its own way. */
function isOddKey(text: string, start: number, end: number): boolean {
  let next = end;
  while (isSpace(text.charCodeAt(next))) next++;
  if (text.charCodeAt(next) !== COLON) return false;
  const key = text.slice(start, end - 1);
  // What is escaped could be anything; in `k:{"uid":…}` of managedFields, the commonest of such keys, it is not.
  return /^(?:\d+$|__proto__$|[\d_]*\\)/.test(key);
}

/** Behind an int that is exact as a double; -1 for every other number. */
function afterSafeInt(text: string, start: number): number {
  let end = start;
  if (text.charCodeAt(end) === MINUS) {
    end++;
    // -0 is 0 in Python.
    if (text.charCodeAt(end) === ZERO) return -1;
  }
  while (isDigit(text.charCodeAt(end))) end++;
  const code = text.charCodeAt(end);
  const isInt = code !== POINT && code !== UPPER_E && code !== LOWER_E;
  return isInt && end - start <= SAFE_DIGITS ? end : -1;
}

/**
 * Whether JavaScript's `JSON.parse` says of a JSON text what Python's `json.loads` does: its numbers are small ints, no
 * key of it is a number, and it is not deep. Of nearly every object of Kubernetes that is so. May say no where it is
 * so all the same; says anything of what is no JSON.
 */
export function isPlainJson(text: string): boolean {
  let depth = 0;
  let at = 0;
  while (at < text.length) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      const start = at + 1;
      at = afterString(text, start);
      const first = text.charCodeAt(start);
      const mayBeOdd = isDigit(first) || first === BACKSLASH || first === UNDERSCORE;
      if (mayBeOdd && isOddKey(text, start, at)) return false;
    } else if (isDigit(code) || code === MINUS) {
      at = afterSafeInt(text, at);
      if (at < 0) return false;
    } else {
      if (code === OPEN_OBJECT || code === OPEN_LIST) depth++;
      if (code === CLOSE_OBJECT || code === CLOSE_LIST) depth--;
      if (depth > MAX_DEPTH) return false;
      at++;
    }
  }
  return true;
}
