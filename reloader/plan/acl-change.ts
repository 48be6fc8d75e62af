import type { PatternList } from '../config/pattern-file.ts';
import { isNameable, isSmallChange } from './small-change.ts';

/**
 * A change of the list of an ACL in force: first what comes, then what goes. Whatever is in the old and the new list,
 * or in neither, is so all the while, also where one network becomes its two halves.
 */
export interface AclChange {
  readonly added: readonly string[];
  readonly removed: readonly string[];
}

/** The change between two lists, empty where they match the same. */
export function findAclChange(old: PatternList, now: PatternList): AclChange {
  return {
    added: [...now.patterns].filter((pattern) => !old.patterns.has(pattern)),
    removed: [...old.patterns].filter((pattern) => !now.patterns.has(pattern)),
  };
}

/** Whether it need not be a new version of the list. HAProxy 3.4 deletes one of several equal patterns only. */
export function isDoneInPlace({ added, removed }: AclChange, old: PatternList, now: PatternList) {
  const count = added.length + removed.length;
  const isRemovable = (pattern: string) => isNameable(pattern) && !old.repeated.has(pattern);
  return isSmallChange(count, now.patterns.size) && removed.every(isRemovable);
}
