/** The patterns of a file that ACLs read, each once: HAProxy asks only whether any of them matches. */
export interface PatternList {
  readonly patterns: ReadonlySet<string>;
  /** Those that the file has more than once, as HAProxy then has them, too. */
  readonly repeated: ReadonlySet<string>;
}

export type PatternResult =
  | { readonly kind: 'patterns'; readonly list: PatternList }
  | { readonly kind: 'unclear'; readonly reason: string };

/** A pattern is a word of a command, twice as long where each byte needs an escape, and has to fit into a buffer. */
const MAX_PATTERN = 4000;

/**
 * Reads a file of patterns as HAProxy does: a pattern a line, without the blanks before it but with those after it,
 * up to a CR. Lines that are blank, or have `#` as their very first character, are left out; after a blank it is a
 * pattern. Source: HAProxy configuration manual, 7.1 "ACL basics", `-f`.
 */
export function parsePatternFile(content: string): PatternResult {
  const patterns = new Set<string>();
  const repeated = new Set<string>();
  let number = 0;
  for (const line of content.split('\n')) {
    number += 1;
    if (line.startsWith('#')) continue;
    const [pattern = ''] = line.replace(/^[ \t]+/, '').split('\r', 1);
    if (pattern === '') continue;
    if (/\p{Cc}/u.test(pattern))
      return { kind: 'unclear', reason: `line ${number} has a control character` };
    if (Buffer.byteLength(pattern) > MAX_PATTERN)
      return { kind: 'unclear', reason: `line ${number} is over ${MAX_PATTERN} bytes` };
    if (patterns.has(pattern)) repeated.add(pattern);
    patterns.add(pattern);
  }
  return { kind: 'patterns', list: { patterns, repeated } };
}
