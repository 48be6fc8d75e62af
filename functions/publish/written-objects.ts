import { type FeedStates, type IntentFeedId, isIntentFeed } from '../core/inputs/input.ts';
import {
  type Contents,
  digestOf,
  type IntentObject,
  type IntentObjects,
} from '../core/intent-objects.ts';
import type { PackedChange } from '../core/packing.ts';

const NOTHING: Contents = new Map();

/** The objects of inputs that people write, as they were read last. */
export class WrittenObjects {
  readonly #feeds = new Map<IntentFeedId, Map<string, IntentObject>>();
  /** What was told of each, which no change alters. */
  readonly #told = new Map<IntentFeedId, Contents>();
  #last: IntentObjects = new Map();

  /** @param json what the change was made from, where it is no deletion */
  take(change: PackedChange, json: Uint8Array | undefined): void {
    const { kind, namespace, name } = change;
    if (!isIntentFeed(kind)) return;
    const contents = this.#feeds.get(kind) ?? new Map<string, IntentObject>();
    this.#feeds.set(kind, contents);
    this.#told.delete(kind);
    const key = `${namespace}/${name}`;
    if (change.type === 'put' && json)
      contents.set(key, { digest: digestOf(json), packed: change.packed });
    else if (contents.delete(key) && contents.size === 0) this.#feeds.delete(kind);
  }

  #tell(id: IntentFeedId): Contents {
    const known = this.#told.get(id);
    if (known) return known;
    const contents = new Map(this.#feeds.get(id) ?? NOTHING);
    this.#told.set(id, contents);
    return contents;
  }

  /** Those of feeds of which everything is known; the same while nothing has changed. */
  of(states: FeedStates): IntentObjects {
    const ids = Object.keys(states).filter(isIntentFeed);
    for (const id of this.#told.keys()) if (!ids.includes(id)) this.#told.delete(id);
    const now = new Map(ids.map((id) => [id, this.#tell(id)]));
    const isSame =
      now.size === this.#last.size && [...now].every(([id, c]) => this.#last.get(id) === c);
    if (!isSame) this.#last = now;
    return this.#last;
  }
}
