/** One line of a map file. */
export interface MapEntry {
  readonly key: string;
  readonly value: string;
}

export type MapResult =
  | { readonly kind: 'entries'; readonly entries: readonly MapEntry[] }
  | { readonly kind: 'unclear'; readonly reason: string };

/** A command's payload ends at an empty line, and a line of it must fit into a buffer with room to spare. */
const MAX_LINE = 8000;
/** Of UTF-8 no more than these for each of UTF-16. */
const MOST_BYTES = 3;
const ENTRY = /^([^ \t]+)[ \t]+(.*)$/;
const CONTROL = /[^\P{Cc}\t]/u;
/** In all lines, which are looked at one by one where there is one. */
const ANY_CONTROL = /[^\P{Cc}\t\n]/u;

/**
 * Reads a map file as HAProxy does: a key, blanks, and the rest of the line as value. Lines that are blank, or have `#`
 * as their very first character, are left out; after a blank it is a key.
 * Source: HAProxy configuration manual, 7.3.1 "Converters", `map`.
 */
export function parseMapFile(content: string): MapResult {
  const entries: MapEntry[] = [];
  let number = 0;
  const isPlain = !ANY_CONTROL.test(content);
  for (const source of content.split('\n')) {
    number += 1;
    if (source.startsWith('#')) continue;
    const line = source.replace(/^[ \t\r]+|[ \t\r]+$/g, '');
    if (line === '') continue;
    const [, key, value] = ENTRY.exec(line) ?? [];
    if (key === undefined || value === undefined || value === '')
      return { kind: 'unclear', reason: `line ${number} is not a key with a value` };
    if (!isPlain && CONTROL.test(line))
      return { kind: 'unclear', reason: `line ${number} has a control character` };
    if (line.length * MOST_BYTES > MAX_LINE && Buffer.byteLength(line) > MAX_LINE)
      return { kind: 'unclear', reason: `line ${number} is over ${MAX_LINE} bytes` };
    entries.push({ key, value });
  }
  return { kind: 'entries', entries };
}
