import {
  afterString,
  CLOSE_LIST,
  CLOSE_OBJECT,
  COMMA,
  isSpace,
  OPEN_LIST,
  OPEN_OBJECT,
  QUOTE,
} from './text.ts';

/** Behind the value that begins at `start`. */
function afterValue(text: string, start: number): number {
  let depth = 0;
  let at = start;
  while (at < text.length) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      at = afterString(text, at + 1);
      continue;
    }
    if (depth === 0 && (code === COMMA || code === CLOSE_OBJECT)) break;
    if (code === OPEN_OBJECT || code === OPEN_LIST) depth++;
    if (code === CLOSE_OBJECT || code === CLOSE_LIST) depth--;
    at++;
  }
  return at;
}

function afterSpace(text: string, start: number): number {
  let at = start;
  while (isSpace(text.charCodeAt(at))) at++;
  return at;
}

/**
 * The members of an object, in order, each with the text of its value, which is not read.
 *
 * @param text a JSON object; nothing is checked
 */
export function outline(text: string): ReadonlyMap<string, string> {
  const members = new Map<string, string>();
  let at = afterSpace(text, text.indexOf('{') + 1);
  while (text.charCodeAt(at) === QUOTE) {
    const end = afterString(text, at + 1);
    const key = JSON.parse(text.slice(at, end)) as string;
    const start = text.indexOf(':', end) + 1;
    const next = afterValue(text, start);
    members.set(key, text.slice(start, next).trim());
    at = afterSpace(text, next + 1);
  }
  return members;
}
