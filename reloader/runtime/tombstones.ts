import type { Session } from './session.ts';

/** A server that left while connections to it went on: in maintenance, to be deleted when they have ended. */
export interface Tombstone {
  readonly backend: string;
  readonly name: string;
  /** What it was added with, or would be: the same words bring it back. Empty where that is not known. */
  readonly words: readonly string[];
}

/** What became of a try to delete a server. */
export type Deletion = 'deleted' | 'busy' | { readonly refused: string };

const BUSY = /^Server still has connections/;

/** Tries once to delete a server that is in maintenance. One that is gone already counts as deleted. */
export async function tryDelete(
  session: Session,
  { backend, name }: Pick<Tombstone, 'backend' | 'name'>,
): Promise<Deletion> {
  const answer = await session.ask(`del server ${backend}/${name}`);
  if (/^Server deleted/.test(answer) || /^No such server/.test(answer)) return 'deleted';
  return BUSY.test(answer) ? 'busy' : { refused: answer };
}

/** The tombstones of one worker process. A reload, and with it another worker, begins without any. */
export interface Tombstones {
  find(backend: string, name: string): Tombstone | undefined;
  add(tombstone: Tombstone): void;
  remove(backend: string, name: string): void;
  clear(): void;
  readonly size: number;
  /** Tries to delete all of them, and says how many are left. */
  sweep(session: Session): Promise<number>;
}

export function createTombstones(): Tombstones {
  const graves = new Map<string, Tombstone>();
  const key = (backend: string, name: string) => `${backend}/${name}`;
  return {
    find: (backend, name) => graves.get(key(backend, name)),
    add: (tombstone) => void graves.set(key(tombstone.backend, tombstone.name), tombstone),
    remove: (backend, name) => void graves.delete(key(backend, name)),
    clear: () => graves.clear(),
    get size() {
      return graves.size;
    },
    async sweep(session) {
      const all = [...graves.values()];
      const deletions = await Promise.all(all.map((tombstone) => tryDelete(session, tombstone)));
      all.forEach(({ backend, name }, i) => {
        if (deletions[i] === 'deleted') graves.delete(key(backend, name));
      });
      return graves.size;
    },
  };
}
