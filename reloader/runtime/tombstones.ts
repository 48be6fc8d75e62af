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

/** A backend that left while streams in it, or connections to its servers, went on: unpublished, to be deleted. */
export interface BackendTombstone {
  readonly backend: string;
  /** What it was added with, or would be. Empty where that is not known. */
  readonly words: readonly string[];
}

const BACKEND_GONE = /^(Backend deleted|No such backend)/m;
const BACKEND_BUSY = /^(Backend still has|Only a backend without server)/m;
/** What happened to servers just before is told again ahead of the answer, and the answer cut off where that is much. */
const CUT = /^Server (deleted\.|\S+ (is|was) )/;

/** Tries once to delete a backend that is not published. One that is gone already counts as deleted. */
export async function tryDeleteBackend(session: Session, backend: string): Promise<Deletion> {
  const ask = () => session.ask(`del backend ${backend}`);
  const told = await ask();
  const isTold = BACKEND_GONE.test(told) || BACKEND_BUSY.test(told) || !CUT.test(told);
  // It is told only once, so that the same question gets a whole answer.
  const answer = isTold ? told : await ask();
  if (BACKEND_GONE.test(answer)) return 'deleted';
  return BACKEND_BUSY.test(answer) ? 'busy' : { refused: answer.split('\n').at(-1) ?? '' };
}

/** The tombstones of one worker process. A reload, and with it another worker, begins without any. */
export interface Tombstones {
  find(backend: string, name: string): Tombstone | undefined;
  add(tombstone: Tombstone): void;
  remove(backend: string, name: string): void;
  /** Those of one backend's servers. */
  of(backend: string): readonly Tombstone[];
  findBackend(backend: string): BackendTombstone | undefined;
  addBackend(tombstone: BackendTombstone): void;
  removeBackend(backend: string): void;
  clear(): void;
  /** Of servers and backends. */
  readonly size: number;
  /** Tries to delete all of them, servers first, and says how many are left. */
  sweep(session: Session): Promise<number>;
}

export function createTombstones(): Tombstones {
  const graves = new Map<string, Tombstone>();
  const backends = new Map<string, BackendTombstone>();
  const key = (backend: string, name: string) => `${backend}/${name}`;
  return {
    find: (backend, name) => graves.get(key(backend, name)),
    add: (tombstone) => void graves.set(key(tombstone.backend, tombstone.name), tombstone),
    remove: (backend, name) => void graves.delete(key(backend, name)),
    of: (backend) => [...graves.values()].filter((grave) => grave.backend === backend),
    findBackend: (backend) => backends.get(backend),
    addBackend: (tombstone) => void backends.set(tombstone.backend, tombstone),
    removeBackend: (backend) => void backends.delete(backend),
    clear() {
      graves.clear();
      backends.clear();
    },
    get size() {
      return graves.size + backends.size;
    },
    async sweep(session) {
      const all = [...graves.values()];
      const empty = [...backends.keys()];
      // Carried out in this order, though asked all at once.
      const [deletions, ends] = await Promise.all([
        Promise.all(all.map((tombstone) => tryDelete(session, tombstone))),
        Promise.all(empty.map((backend) => tryDeleteBackend(session, backend))),
      ]);
      all.forEach(({ backend, name }, i) => {
        if (deletions[i] === 'deleted') graves.delete(key(backend, name));
      });
      empty.forEach((backend, i) => {
        if (ends[i] === 'deleted') backends.delete(backend);
      });
      return graves.size + backends.size;
    },
  };
}
