import type { Addition, BackendOperation } from '../operation.ts';
import type { Session } from './session.ts';
import { surprise } from './surprise.ts';
import { type Tombstones, tryDelete, tryDeleteBackend } from './tombstones.ts';

/** What an apply works on. */
interface Context {
  readonly session: Session;
  readonly tombstones: Tombstones;
}

/**
 * Frees the names of backends that left, servers and all. Where streams go on in one and it is the same, it stays a
 * tombstone, to come back.
 *
 * @throws Surprise where another one of that name is wanted
 */
export async function freeBackends(
  { session, tombstones }: Context,
  additions: readonly Extract<BackendOperation, { readonly kind: 'add-backend' }>[],
): Promise<void> {
  for (const { backend, words } of additions) {
    const grave = tombstones.findBackend(backend);
    if (grave === undefined) continue;
    for (const server of tombstones.of(backend))
      if ((await tryDelete(session, server)) === 'deleted') tombstones.remove(backend, server.name);
    if ((await tryDeleteBackend(session, backend)) === 'deleted') tombstones.removeBackend(backend);
    else if (grave.words.join(' ') !== words.join(' '))
      surprise(`backend ${backend} comes back changed while streams in it go on`);
  }
}

/**
 * Frees the names that additions find taken by servers that left. What left is deleted; where connections to it go on
 * and it is the same server, it stays a tombstone, to come back.
 *
 * @throws Surprise where a name cannot be had
 */
export async function freeNames(
  { session, tombstones }: Context,
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
