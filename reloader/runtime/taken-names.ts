import type { Addition } from '../operation.ts';
import type { Session } from './session.ts';
import { surprise } from './surprise.ts';
import { type Tombstones, tryDelete } from './tombstones.ts';

/**
 * Frees the names that additions find taken by servers that left. What left is deleted; where connections to it go on
 * and it is the same server, it stays a tombstone, to come back.
 *
 * @throws Surprise where a name cannot be had
 */
export async function freeNames(
  { session, tombstones }: { readonly session: Session; readonly tombstones: Tombstones },
  additions: readonly Addition[],
): Promise<void> {
  const free = async ({ target: { backend, name }, words }: Addition) => {
    const grave = tombstones.find(backend, name);
    if (grave === undefined) surprise(`server ${backend}/${name} is there already`);
    const deletion = await tryDelete(session, grave);
    if (deletion === 'deleted') tombstones.remove(backend, name);
    else if (grave.words.join(' ') !== words.join(' '))
      surprise(`server ${backend}/${name} comes back changed while connections to it go on`);
  };
  const freed = await Promise.allSettled(additions.map(free));
  for (const each of freed) if (each.status === 'rejected') throw each.reason;
}
