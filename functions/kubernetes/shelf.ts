import type { Change, ObjectKey } from '../core/objects.ts';
import { compareVersions, type Position } from '../wire/as-of.ts';
import type { ApiObject } from './object.ts';

interface Known {
  readonly key: ObjectKey;
  readonly version: string;
  readonly uid: string;
}

const nameOf = ({ namespace, name }: ObjectKey): string => `${namespace}/${name}`;

const put = ({ key, json }: ApiObject): Change => ({ type: 'put', ...key, json });
const remove = (key: ObjectKey): Change => ({ type: 'delete', ...key });

/**
 * What is known of a collection: which objects, at which versions, and how far its history was followed. The objects
 * themselves are passed on, not kept.
 */
export class Shelf {
  readonly #known = new Map<string, Known>();
  #position: Position | undefined;

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
    return this.#known.delete(nameOf(key)) ? [remove(key)] : [];
  }

  /** Takes a bookmark: nothing changed up to it. */
  advance(version: string): void {
    if (this.#position) this.#position = { lo: this.#position.lo, hi: version };
  }

  /**
   * Takes a whole list, read at `version`, as the changes that lead to it. An object that was deleted and made anew
   * under its name is told as both.
   */
  replace(objects: readonly ApiObject[], version: string): Change[] {
    const changes: Change[] = [];
    // After a restore of etcd a version may stand for something else than before.
    const isRewound = compareVersions(version, this.#position?.hi ?? version) < 0;
    const listed = new Map(objects.map((object) => [nameOf(object.key), object]));
    let hasDeletions = false;
    for (const [name, { key, uid }] of this.#known) {
      if (listed.get(name)?.uid === uid) continue;
      changes.push(remove(key));
      hasDeletions = true;
    }
    const fresh = [...listed]
      .filter(([name, { version }]) => isRewound || this.#known.get(name)?.version !== version)
      .map(([, object]) => object);
    for (const object of fresh) changes.push(put(object));
    const isUnclear = isRewound || hasDeletions;
    this.#position = { lo: isUnclear ? version : this.#lastOf(fresh, version), hi: version };
    this.#known.clear();
    for (const [name, { key, version, uid }] of listed)
      this.#known.set(name, { key, version, uid });
    return changes;
  }

  /** Forgets everything, as changes. */
  clear(): Change[] {
    const changes = [...this.#known.values()].map(({ key }) => remove(key));
    this.#known.clear();
    this.#position = undefined;
    return changes;
  }

  /**
   * A list does not tell when something was deleted, nor what was deleted before the first one: the list's own version
   * stands for it, being after every such deletion. Where only puts are new, the last of them is exact.
   */
  #lastOf(fresh: readonly ApiObject[], version: string): string {
    return fresh.reduce(
      (last, object) => (compareVersions(object.version, last) > 0 ? object.version : last),
      this.#position?.lo ?? version,
    );
  }
}
