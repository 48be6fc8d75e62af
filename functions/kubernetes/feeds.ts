import type { Diagnostic } from '../core/diagnostics.ts';
import type { Feed, FeedStates, Input } from '../core/inputs/input.ts';
import type { Change } from '../core/objects.ts';
import type { CollectionStatus } from '../core/source.ts';
import {
  createFeedFollower,
  type FeedFollower,
  type FeedFollowerOptions,
} from './feed-follower.ts';

export interface FeedsOptions extends Omit<FeedFollowerOptions, 'feed' | 'onChange'> {
  readonly onChange: (
    feed: Feed,
    changes: readonly Change[],
    stale: Diagnostic | undefined,
  ) => void;
}

/** The feeds that are followed, started and stopped as inputs come and go. */
export class Feeds {
  readonly #options: FeedsOptions;
  readonly #followers = new Map<string, FeedFollower>();

  constructor(options: FeedsOptions) {
    this.#options = options;
  }

  /** Follows what these inputs need, and nothing else; gives the changes that remove what nobody needs any more. */
  follow(inputs: readonly Input[]): readonly Change[] {
    this.start(inputs);
    const needed = new Set<string>(inputs.map(({ feed }) => feed.id));
    const removed: Change[] = [];
    for (const [id, follower] of this.#followers) {
      if (needed.has(id)) continue;
      this.#followers.delete(id);
      removed.push(...follower.stop());
    }
    return removed;
  }

  /** Follows what these inputs need, too. */
  start(inputs: readonly Input[]): void {
    const { onChange, ...rest } = this.#options;
    for (const { feed } of inputs) {
      if (this.#followers.has(feed.id)) continue;
      const follower = createFeedFollower({
        ...rest,
        feed,
        onChange: (changes, stale) => {
          if (this.#followers.get(feed.id) === follower) onChange(feed, changes, stale);
        },
      });
      this.#followers.set(feed.id, follower);
    }
    for (const [id, follower] of this.#followers) {
      const own = inputs.filter(({ feed }) => feed.id === id);
      if (own.length > 0) follower.setOptional(own.every(({ isOptional }) => isOptional));
    }
  }

  /** A collection of a feed is not there any more. */
  doubt(feed: Feed): void {
    this.#followers.get(feed.id)?.doubt();
  }

  hasSettled(inputs: readonly Input[]): boolean {
    return inputs.every(({ feed }) => this.#followers.get(feed.id)?.hasSettled() === true);
  }

  /** Sorted by the feeds' ids. */
  states(): FeedStates {
    const states: Record<string, 'read' | 'absent'> = {};
    for (const id of [...this.#followers.keys()].sort()) {
      const state = this.#followers.get(id)?.state();
      if (state === 'read' || state === 'absent') states[id] = state;
    }
    return states;
  }

  status(): readonly CollectionStatus[] {
    return [...this.#followers.values()].flatMap((follower) => follower.status());
  }

  stopAll(): void {
    for (const follower of this.#followers.values()) follower.stop();
    this.#followers.clear();
  }
}
