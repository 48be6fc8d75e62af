import { locate } from './diagnostics.ts';

/** Text that is not JSON, and where: `line` and `column` from 1, `excerpt` the line with a caret. */
export interface JsonProblem {
  readonly message: string;
  readonly line: number;
  readonly column: number;
  readonly excerpt: string;
}

export type JsonResult =
  | { readonly kind: 'value'; readonly value: unknown }
  | { readonly kind: 'problem'; readonly problem: JsonProblem };

const SPACE = /[ \t\n\r]*/y;
const SCALAR = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;
// All of \p{Cc} but DEL to U+009F: the control characters that RFC 8259 forbids in strings.
const STRING = /"(?:[^"\\\p{Cc}]|[\x7f-\x9f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/uy;

interface Stop {
  readonly offset: number;
  readonly expected: string;
}

/** Where JSON.parse stopped: its own messages name no position for many inputs, and differ between versions of Node. */
function findStop(text: string): Stop {
  let offset = 0;
  const skip = (pattern: RegExp): boolean => {
    pattern.lastIndex = offset;
    const found = pattern.exec(text);
    if (found) offset = pattern.lastIndex;
    return found !== null;
  };
  const skipText = (literal: string): boolean => {
    skip(SPACE);
    if (!text.startsWith(literal, offset)) return false;
    offset += literal.length;
    skip(SPACE);
    return true;
  };
  const open: ('}' | ']')[] = [];
  let wants: 'value' | 'first value' | 'key' | 'first key' | 'more' = 'value';
  for (;;) {
    skip(SPACE);
    const closer = open.at(-1);
    if (wants === 'more') {
      if (closer === undefined) return { offset, expected: 'nothing more' };
      if (skipText(',')) wants = closer === '}' ? 'key' : 'value';
      else if (skipText(closer)) open.pop();
      else return { offset, expected: `"," or "${closer}"` };
    } else if (wants === 'key' || wants === 'first key') {
      if (wants === 'first key' && skipText('}')) {
        open.pop();
        wants = 'more';
        continue;
      }
      if (!skip(STRING)) return { offset, expected: 'a name in double quotes' };
      if (!skipText(':')) return { offset, expected: '":"' };
      wants = 'value';
    } else if (wants === 'first value' && skipText(']')) {
      open.pop();
      wants = 'more';
    } else if (skipText('{')) {
      open.push('}');
      wants = 'first key';
    } else if (skipText('[')) {
      open.push(']');
      wants = 'first value';
    } else if (skip(STRING) || skip(SCALAR)) wants = 'more';
    else
      return {
        offset,
        expected: 'a value (text in double quotes, number, true, false, null, { or [)',
      };
  }
}

/** Reads JSON (RFC 8259), or says where it stops being JSON and what was expected there. */
export function readJson(text: string): JsonResult {
  try {
    return { kind: 'value', value: JSON.parse(text) };
  } catch {
    const { offset, expected } = findStop(text);
    return {
      kind: 'problem',
      problem: { message: `expected ${expected}`, ...locate(text, offset) },
    };
  }
}
