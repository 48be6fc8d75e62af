import { plain } from '../../template/foreign.ts';
import { memberOf } from '../../template/json/index.ts';
import type { Items } from '../../template/values/inputs/index-of-field.ts';
import { changedList, indexedList } from '../../template/values/inputs/indexed-list.ts';

const textOf = (value: unknown): string => (typeof value === 'string' ? plain(value) : '');

/** By namespace, then by name: no name has a character that sorts before the one between them. */
const keyOf = (namespace: string, name: string): string => `${namespace}\0${name}`;

/** Where an object stands among others of its kind. */
export function orderOf(object: object): string {
  const metadata = memberOf(object, 'metadata');
  return keyOf(textOf(memberOf(metadata, 'namespace')), textOf(memberOf(metadata, 'name')));
}

/** Where a key is among sorted ones that have it. */
function placeIn(keys: readonly string[], key: string): number {
  let [from, to] = [0, keys.length - 1];
  while (from < to) {
    const middle = (from + to) >> 1;
    if ((keys[middle] as string) < key) from = middle + 1;
    else to = middle;
  }
  return from;
}

/** The objects of a feed, as templates see them. */
export class FeedObjects {
  private readonly objects = new Map<string, object>();
  private keys: readonly string[] = [];
  private current: Items = indexedList([], orderOf);
  /** Of what has changed since, what was in the list. */
  private readonly pending = new Map<string, object | undefined>();

  put(place: { readonly namespace: string; readonly name: string }, object: object | undefined) {
    const key = keyOf(place.namespace, place.name);
    if (!this.pending.has(key)) this.pending.set(key, this.objects.get(key));
    if (object === undefined) this.objects.delete(key);
    else this.objects.set(key, object);
  }

  isEmpty(): boolean {
    return this.objects.size === 0;
  }

  /** Sorted; the same list while nothing has changed. It costs little more than to copy it. */
  list(): Items {
    if (this.pending.size === 0) return this.current;
    const removed = [...this.pending.values()].filter((object) => object !== undefined);
    const added = [...this.pending.keys()].sort().filter((key) => this.objects.has(key));
    const items = this.replaced() ?? this.merged(added);
    const change = { removed, added: added.map((key) => this.objects.get(key) as object) };
    this.current = changedList(this.current, items, change);
    this.pending.clear();
    return this.current;
  }

  /** Where no object comes and none goes: each stays in its place. */
  private replaced(): object[] | undefined {
    const items = [...this.current];
    for (const [key, before] of this.pending) {
      const object = this.objects.get(key);
      if (before === undefined || object === undefined) return undefined;
      items[placeIn(this.keys, key)] = object;
    }
    return items;
  }

  private merged(added: readonly string[]): object[] {
    this.keys = this.mergedKeys(added);
    return this.keys.map((key) => this.objects.get(key) as object);
  }

  /** All keys in order: those that stay, and `added`, which are sorted. */
  private mergedKeys(added: readonly string[]): readonly string[] {
    const keys: string[] = [];
    let next = 0;
    for (const key of this.keys) {
      if (this.pending.has(key)) continue;
      while (next < added.length && (added[next] as string) < key)
        keys.push(added[next++] as string);
      keys.push(key);
    }
    return [...keys, ...added.slice(next)];
  }
}
