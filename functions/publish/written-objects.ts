import { Contents, digestOf, type IntentObject } from '../core/contents.ts';
import { type FeedStates, type IntentFeedId, isIntentFeed } from '../core/inputs/input.ts';
import type { IntentObjects } from '../core/intent-objects.ts';
import type { PackedChange } from '../core/packing.ts';

/** The objects of inputs that people write, as they were read last. */
export class WrittenObjects {
  readonly #feeds = new Map<IntentFeedId, Contents>();
  /** What has changed since they were asked for. */
  readonly #pending = new Map<IntentFeedId, Map<string, IntentObject | undefined>>();
  #last: IntentObjects = new Map();

  /** @param json what the change was made from, where it is no deletion */
  take(change: PackedChange, json: Uint8Array | undefined): void {
    const { kind, namespace, name } = change;
    if (!isIntentFeed(kind)) return;
    const pending = this.#pending.get(kind) ?? new Map<string, IntentObject | undefined>();
    this.#pending.set(kind, pending);
    const isThere = change.type === 'put' && json;
    const object = isThere ? { digest: digestOf(json), packed: change.packed } : undefined;
    pending.set(`${namespace}/${name}`, object);
  }

  #settle(): void {
    for (const [id, changes] of this.#pending)
      this.#feeds.set(id, (this.#feeds.get(id) ?? Contents.EMPTY).with(changes));
    this.#pending.clear();
  }

  /** Those of feeds of which everything is known; the same while nothing has changed. */
  of(states: FeedStates): IntentObjects {
    this.#settle();
    const ids = Object.keys(states).filter(isIntentFeed);
    const now = new Map(ids.map((id) => [id, this.#feeds.get(id) ?? Contents.EMPTY]));
    for (const id of this.#feeds.keys()) if (!now.has(id)) this.#forgetEmpty(id);
    const isSame = [...now].every(([id, contents]) => this.#last.get(id) === contents);
    if (!isSame || now.size !== this.#last.size) this.#last = now;
    return this.#last;
  }

  /** Feeds come and go. */
  #forgetEmpty(id: IntentFeedId): void {
    if (this.#feeds.get(id)?.entries().next().done) this.#feeds.delete(id);
  }
}
