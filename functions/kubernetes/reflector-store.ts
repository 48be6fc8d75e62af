import type { Change, ObjectKey } from '../core/objects.ts';
import { compareVersions, type Position } from '../wire/as-of.ts';
import { ApiError } from './api-error.ts';
import type { ApiObject } from './object.ts';

interface Known {
  readonly key: ObjectKey;
  readonly version: string;
  readonly uid: string;
}

/** A list that is being read. */
export interface Listing {
  take(object: ApiObject): Change[];
  /**
   * The list was read whole, at a version.
   *
   * @throws ApiError `kubernetes-rewound` where that is before what is known
   */
  end(version: string): Change[];
}

const nameOf = ({ namespace, name }: ObjectKey): string => `${namespace}/${name}`;

const put = ({ key, json }: ApiObject): Change => ({ type: 'put', ...key, json });
const remove = (key: ObjectKey, version?: string): Change => ({
  type: 'delete',
  ...key,
  ...(version !== undefined && { version }),
});

/**
 * What is known of a collection: which objects, at which versions, and how far its history was followed. The objects
 * themselves are passed on, not kept.
 */
export class ReflectorStore {
  readonly #isSingle: boolean;
  readonly #known = new Map<string, Known>();
  #position: Position | undefined;

  /** @param options `isSingle`: the collection is one object, by its name */
  constructor({ isSingle }: { readonly isSingle: boolean }) {
    this.#isSingle = isSingle;
  }

  get size(): number {
    return this.#known.size;
  }

  /** Undefined until the collection was read whole. */
  get position(): Position | undefined {
    return this.#position;
  }

  /** Takes an event of a watch. */
  put(object: ApiObject): Change[] {
    const { key, version, uid } = object;
    this.#known.set(nameOf(key), { key, version, uid });
    this.#position = { lo: version, hi: version };
    return [put(object)];
  }

  delete({ key, version }: ApiObject): Change[] {
    this.#position = { lo: version, hi: version };
    return this.#known.delete(nameOf(key)) ? [remove(key, version)] : [];
  }

  /** Takes a bookmark: nothing changed up to it. */
  advance(version: string): void {
    if (this.#position) this.#position = { lo: this.#position.lo, hi: version };
  }

  /** Nothing that is known can be told by its version any more: after a restore of etcd one stands for something else. */
  distrust(): void {
    for (const [name, known] of this.#known) this.#known.set(name, { ...known, version: '' });
    this.#position = this.#position && { lo: '0', hi: '0' };
  }

  /**
   * Begins to take a whole list, as the changes that lead to it. An object that was deleted and made anew under its
   * name is told as both.
   *
   * While nothing was read yet, what comes is passed on at once: nobody relies on it before the list is whole, and the
   * memory never holds all of it. Later a list is told as one step, so that no state between two is ever seen.
   */
  beginList(): Listing {
    const isFirst = this.#position === undefined;
    const listed = new Map<string, Known>();
    const fresh: ApiObject[] = [];
    const take = (object: ApiObject): Change[] => {
      const { key, version, uid } = object;
      const name = nameOf(key);
      const known = this.#known.get(name);
      listed.set(name, { key, version, uid });
      if (known?.version === version && known.uid === uid) return [];
      if (!isFirst) {
        fresh.push(object);
        return [];
      }
      this.#known.set(name, { key, version, uid });
      return [put(object)];
    };
    const end = (version: string): Change[] => {
      const hi = this.#position?.hi ?? version;
      if (compareVersions(version, hi) < 0)
        throw new ApiError('kubernetes-rewound', `a list after version ${hi} is of ${version}`);
      const gone = [...this.#known].filter(([name, { uid }]) => listed.get(name)?.uid !== uid);
      this.#position = { lo: this.#lastChange(listed, version), hi: version };
      this.#known.clear();
      for (const [name, known] of listed) this.#known.set(name, known);
      return [...gone.map(([, { key }]) => remove(key)), ...fresh.map(put)];
    };
    return { take, end };
  }

  /** Forgets everything, as changes. */
  clear(): Change[] {
    const changes = [...this.#known.values()].map(({ key }) => remove(key));
    this.#known.clear();
    this.#position = undefined;
    return changes;
  }

  /**
   * A list does not tell when something was deleted, be it since the last one, or put and deleted between the two: the
   * list's own version stands for it, being after every such deletion. That of the one object of a collection is exact,
   * since whatever was before it was older: this matters where a replica is new, for the others reach what it tells
   * only with their next bookmarks.
   */
  #lastChange(listed: ReadonlyMap<string, Known>, version: string): string {
    const [only] = listed.values();
    return this.#isSingle && only ? only.version : version;
  }
}
