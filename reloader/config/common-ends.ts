import { countSame, countSameEnd } from '../../functions/wire/alike.ts';
import { isHeader } from './section-header.ts';
import type { Configuration, Section } from './configuration.ts';

/** Sections at both ends of a text that are those of another configuration, in its order, and what is between them. */
export interface CommonEnds {
  readonly first: readonly Section[];
  /** Never empty where the text is not; where something is before it, it begins with a section. */
  readonly middle: string;
  readonly last: readonly Section[];
}

/** The number of the line after a section. */
export function lineAfter({ sections, starts }: Configuration, i: number): number {
  const { text } = sections[i] as Section;
  let line = (starts[i] as number) + 1;
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) line += 1;
  return line;
}

/** Whether the line that begins there begins a section. */
function isHeaderAt(text: string, at: number): boolean {
  const end = text.indexOf('\n', at);
  return isHeader(text.slice(at, end === -1 ? text.length : end));
}

/** How many of the first so many hold, where none does after one that does not. */
export function countWhile(most: number, holds: (i: number) => boolean): number {
  let [low, high] = [0, most];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (holds(middle)) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Where a section begins. */
const startOf = ({ ends, preamble }: Configuration, i: number) =>
  i === 0 ? preamble.length : (ends[i - 1] as number) + 1;

/** How many sections the text begins with, after the same preamble. */
function countFirst(text: string, previous: Configuration): number {
  const { ends, text: known } = previous;
  const alike = countSame(known, text, Math.min(known.length, text.length));
  // With the line break after it, which the last section does not have.
  const most = Math.min(alike, text.length - 1);
  const count = countWhile(ends.length, (i) => (ends[i] as number) + 1 <= most);
  // Those before it are followed by a header that is the same.
  return count > 0 && !isHeaderAt(text, startOf(previous, count)) ? count - 1 : count;
}

/** How many sections the text ends with, none of which begins before so many characters. */
function countLast(text: string, previous: Configuration, begin: number): number {
  const { ends, text: known } = previous;
  const alike = countSameEnd(known, text, Math.min(known.length, text.length));
  return countWhile(ends.length, (i) => {
    const start = startOf(previous, ends.length - 1 - i);
    // With the line break before it.
    const tail = known.length - (start - 1);
    return tail <= alike && text.length - tail > begin;
  });
}

/** Finds what two configurations have in common at their ends, without cutting it into lines. */
export function findEnds(text: string, previous: Configuration | undefined): CommonEnds {
  if (previous === undefined) return { first: [], middle: text, last: [] };
  const { sections, text: known } = previous;
  const first = countFirst(text, previous);
  const begin = first === 0 ? 0 : startOf(previous, first);
  const from =
    sections.length - Math.min(countLast(text, previous, begin), sections.length - first);
  const tail = from === sections.length ? 0 : known.length - (startOf(previous, from) - 1);
  return {
    first: sections.slice(0, first),
    middle: text.slice(begin, text.length - tail),
    last: sections.slice(from),
  };
}
