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
export function lineAfter(section: Section | undefined): number | undefined {
  if (section === undefined) return undefined;
  let count = 1;
  for (let at = section.text.indexOf('\n'); at !== -1; at = section.text.indexOf('\n', at + 1))
    count += 1;
  return section.header.number + count;
}

/** Whether the line that begins there begins a section. */
function isHeaderAt(text: string, at: number): boolean {
  const end = text.indexOf('\n', at);
  return isHeader(text.slice(at, end === -1 ? text.length : end));
}

/** How many sections the text begins with, after the same preamble, and where they end. */
function countFirst(text: string, { preamble, sections, text: known }: Configuration) {
  const alike = countSame(known, text, Math.min(known.length, text.length));
  let end = preamble.length;
  let count = 0;
  for (const section of sections) {
    const next = end + section.text.length + 1;
    // With the line break after it, which the last section does not have.
    if (next > alike || next >= text.length) break;
    end = next;
    count += 1;
  }
  // Those before it are followed by a header that is the same.
  if (count > 0 && !isHeaderAt(text, end)) {
    count -= 1;
    end -= (sections[count] as Section).text.length + 1;
  }
  return { end: count === 0 ? 0 : end, count };
}

/** Finds what two configurations have in common at their ends, without cutting it into lines. */
export function findEnds(text: string, previous: Configuration | undefined): CommonEnds {
  if (previous === undefined) return { first: [], middle: text, last: [] };
  const { sections } = previous;
  const { end: begin, count: first } = countFirst(text, previous);
  const shorter = Math.min(previous.text.length, text.length);
  const alike = countSameEnd(previous.text, text, shorter);
  let end = text.length;
  let last = sections.length;
  while (last > first) {
    const start = end - (sections[last - 1] as Section).text.length;
    // With the line break before it.
    if (start - 1 <= begin || text.length - (start - 1) > alike) break;
    end = start - 1;
    last -= 1;
  }
  return {
    first: sections.slice(0, first),
    middle: text.slice(begin, end),
    last: sections.slice(last),
  };
}
