import type { Diagnostic } from '../core/diagnostics.ts';
import type { Feed } from '../core/inputs/input.ts';
import type { Change } from '../core/objects.ts';
import type { CollectionStatus } from '../core/source.ts';
import { backoff } from '../wire/backoff.ts';
import { ApiError } from './api-error.ts';
import type { ApiClient } from './client.ts';
import { type Collection, collectionsOf } from './collection.ts';
import { findResource, versionsOf } from './discovery.ts';
import type { Reflectors } from './reflectors.ts';
import type { Timing } from './timing.ts';

export interface FeedFollowerOptions {
  readonly feed: Feed;
  readonly client: ApiClient;
  readonly timing: Timing;
  readonly reflectors: Reflectors;
  /** Something is known of it that was not; `changes` remove what is gone. */
  readonly onChange: (changes: readonly Change[], stale: Diagnostic | undefined) => void;
}

/** Follows one feed: finds where the API has its kind, whenever that may be, and watches its objects there. */
export interface FeedFollower {
  /** Whether the kind may be missing now: it is looked up again. */
  doubt(): void;
  /** Whether no input minds that the kind is missing: where it is gone its objects are, too. */
  setOptional(isOptional: boolean): void;
  state(): 'unknown' | 'absent' | 'read';
  /** Whether there is nothing to wait for: it was read, may not be, or the API has no such kind. */
  hasSettled(): boolean;
  /** How its collections fare; where nothing is watched, why. */
  status(): readonly CollectionStatus[];
  /** Gives the changes that remove its objects. */
  stop(): readonly Change[];
}

function explain(feed: Feed, code: string, said: string, hint: string): Diagnostic {
  return {
    severity: 'error',
    code,
    message: `${feed.kind} of ${feed.apiVersion} ${said}`,
    hint,
    where: { object: feed.id },
  };
}

const absence = (feed: Feed, others: readonly string[]): Diagnostic =>
  others.length === 0
    ? explain(
        feed,
        'input-kind',
        'cannot be read: the API has no such kind',
        'It is looked up again by itself: install what provides it, or correct its name.',
      )
    : explain(
        feed,
        'input-version',
        'cannot be read: the API does not serve this version',
        `Name another in inputs.yaml: it serves ${others.join(', ')}.`,
      );

export function createFeedFollower(options: FeedFollowerOptions): FeedFollower {
  const { feed, client, timing, reflectors, onChange } = options;
  const stopped = new AbortController();
  const { signal } = stopped;
  const { listMs: deadlineMs } = timing;
  const discovery = { client, feed, deadlineMs, signal };
  let collections: readonly Collection[] = [];
  /** The API had no such kind; it counts as empty until it has been read. */
  let isAbsent = false;
  let stale: Diagnostic | undefined;
  let isOptional = false;
  let absences = 0;
  let failures = 0;
  let told = 'unknown';
  let wake = (): void => undefined;

  const hasRead = (): boolean =>
    collections.length > 0 && collections.every((collection) => reflectors.hasRead(collection));
  const clear = (): readonly Change[] => {
    const changes = collections.flatMap((collection) => reflectors.stop(collection));
    collections = [];
    return changes;
  };
  /** Says it where it is something new. */
  const note = (found: Diagnostic | undefined, changes: readonly Change[] = []): void => {
    const isNew = stale?.message !== found?.message || told !== follower.state();
    stale = found;
    told = follower.state();
    if (isNew || changes.length > 0) onChange(changes, found);
  };

  /** Tells in how many milliseconds to look again; undefined: as soon as there is a doubt. */
  async function look(): Promise<number | undefined> {
    const resource = await findResource(discovery);
    if (signal.aborted) return undefined;
    if (resource) {
      absences = 0;
      if (collections.length === 0) {
        collections = collectionsOf(feed, resource);
        for (const collection of collections) reflectors.start(collection);
      }
      if (stale) note(undefined);
      // What is about to go may be named for a while yet, and what comes not be served yet.
      const isMissing = collections.some((collection) => reflectors.isMissing(collection));
      return isMissing ? timing.discoverMs : undefined;
    }
    const others = await versionsOf(discovery);
    if (signal.aborted) return undefined;
    // While a definition changes, the API has no version of the kind for a moment.
    if (++absences === 1) return hasRead() ? timing.discoverMs : timing.shortMs;
    // What was read stays, unless nobody can need it: an error is never "empty".
    const isGone = others.length === 0 && (!hasRead() || isOptional);
    const changes = isGone ? clear() : [];
    const isUnwatched = collections.length === 0;
    isAbsent ||= isUnwatched;
    const found = isUnwatched && isOptional ? undefined : absence(feed, others);
    note(found, changes);
    return timing.discoverMs;
  }

  async function lookOrSay(): Promise<number | undefined> {
    try {
      const again = await look();
      failures = 0;
      return again;
    } catch (error) {
      if (signal.aborted) return undefined;
      if (!(error instanceof ApiError)) throw error;
      const { code, message, hint } = error;
      note(explain(feed, code, `cannot be looked up: ${message}`, hint));
      return Math.max(error.retryAfterMs, backoff(++failures, timing.backoff, timing.random));
    }
  }

  async function run(): Promise<void> {
    while (!signal.aborted) {
      const doubted = new Promise<void>((resolve) => {
        wake = resolve;
      });
      const again = await lookOrSay();
      if (again === undefined) await doubted;
      else await timing.delay(again, signal).catch(() => undefined);
    }
  }

  const follower: FeedFollower = {
    setOptional(is) {
      if (is === isOptional) return;
      isOptional = is;
      wake();
    },
    doubt: () => wake(),
    state: () => (hasRead() ? 'read' : isAbsent ? 'absent' : 'unknown'),
    hasSettled: () =>
      collections.length > 0
        ? collections.every((collection) => reflectors.hasSettled(collection))
        : isAbsent || stale?.code === 'kubernetes-forbidden',
    status() {
      const more = stale ? { stale } : {};
      if (collections.length > 0)
        return collections.flatMap((collection) => {
          const status = reflectors.statusOf(collection);
          return status ? [{ ...status, ...more }] : [];
        });
      return [{ collection: feed.id, isSynced: isAbsent && !stale, ...more, objects: 0 }];
    },
    stop() {
      stopped.abort();
      wake();
      return clear();
    },
  };
  void run();
  return follower;
}
