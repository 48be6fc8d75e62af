import type { Cursor } from './cursor.ts';
import { type DeliveredText, wordsIn } from './delivered-lines.ts';
import type { Place } from '../diagnostics.ts';

/** What a test says of lines: the words of one, or an expression that some match. */
export interface LinePattern {
  /** As it is written. */
  readonly text: string;
  readonly where: Place;
  /** How many lines; else any number from one. */
  readonly times?: number;
  matches(line: DeliveredText): boolean;
}

const MEMBERS = ['matches', 'times'];

const isEqual = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((word, i) => word === b[i]);

/** Reads a line as it is written, or `{matches: EXPRESSION, times: N}`. */
export function readLinePattern(cursor: Cursor, path: string): LinePattern {
  const { where } = cursor;
  if (typeof cursor.value === 'string') {
    const text = cursor.text().trim();
    const words = wordsIn(path, text);
    if (words.length === 0) cursor.fail('the line says nothing: it is blank, or a comment');
    return { text, where, matches: (line) => isEqual(line.words, words) };
  }
  const members = cursor.members(MEMBERS);
  const matched = members.get('matches') ?? cursor.fail('neither a line nor {matches: EXPRESSION}');
  const regex = matched.regex();
  const times = members.get('times')?.count();
  return {
    text: `/${regex.source}/`,
    where,
    ...(times !== undefined && { times }),
    matches: ({ text }) => regex.test(text),
  };
}
