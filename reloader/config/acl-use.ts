import type { ConfigLine } from './line.ts';

/** A file that an ACL reads: a pattern a line, or, after `-M`, a key and a value as in a map. */
export interface AclFile {
  /** The word of the line that is its path. */
  readonly at: number;
  readonly path: string;
  readonly asMap: boolean;
}

const isCondition = (word: string) => word === 'if' || word === 'unless';

/** The flags of one expression, from the word after what it fetches. Each counts for the files that come after it. */
function readFlags(words: readonly string[], start: number): readonly AclFile[] {
  const files: AclFile[] = [];
  let asMap = false;
  for (let at = start; ; at += 1)
    switch (words[at]) {
      case '-i':
      case '-n':
        break;
      case '-m':
      case '-u':
        at += 1;
        break;
      case '-M':
        asMap = true;
        break;
      case '-f':
        at += 1;
        files.push({ at, path: words[at] ?? '', asMap });
        break;
      default:
        return files;
    }
}

/**
 * Finds the files that the ACLs of a line read: one with a name, or any number of them in braces in its condition. By
 * what and how they are matched is of no account: HAProxy keeps one list a file, for every ACL that reads it, `-i`
 * or not, and a change of the list is one of them all; `-u` is the name of the other patterns only.
 * Source: HAProxy configuration manual, 7.1 "ACL basics" and 7.2 "Using ACLs to form conditions".
 */
export function findAclFiles({ words, opaque }: ConfigLine): readonly AclFile[] {
  // A word out of the environment may be several, or none.
  if (opaque) return [];
  if (words[0] === 'acl') return readFlags(words, 3);
  const condition = words.findIndex(isCondition);
  if (condition === -1) return [];
  return words.flatMap((word, at) =>
    at > condition && /^!?\{$/.test(word) ? readFlags(words, at + 2) : [],
  );
}
