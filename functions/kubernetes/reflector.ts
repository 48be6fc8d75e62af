import type { Diagnostic } from '../core/diagnostics.ts';
import type { Change } from '../core/objects.ts';
import type { CollectionStatus } from '../core/source.ts';
import { compareVersions, type Position } from '../wire/as-of.ts';
import { ApiError, isAway } from './api-error.ts';
import type { ApiClient } from './client.ts';
import { type Collection, explainStaleness, nameCollection } from './collection.ts';
import type { Attempt, Contact } from './contact.ts';
import { Doubt } from './doubt.ts';
import type { WatchEvent } from './event.ts';
import { askVersion, listPages } from './list.ts';
import type { ApiObject } from './object.ts';
import { Patience, RELIST } from './patience.ts';
import { ReflectorStore } from './reflector-store.ts';
import type { Timing } from './timing.ts';
import { SilentListError, watchOnce } from './watch.ts';

export interface ReflectorOptions {
  readonly collection: Collection;
  readonly client: ApiClient;
  readonly timing: Timing;
  /** Shared by the reflectors of one server: when it last refused a streaming list. */
  readonly streaming: { refusedAt?: number };
  /** Shared by them, too: whether that server can be reached. */
  readonly contact: Contact;
  /** Told of changes and of progress; without a position until the collection was read whole. */
  readonly onUpdate: (changes: readonly Change[], position: Position | undefined) => void;
  /** Told when the collection stops being current, and when it is so again. */
  readonly onStale: (stale: Diagnostic | undefined) => void;
}

/** Follows one collection of the API. */
export interface Reflector {
  readonly collection: Collection;
  /** Follows it until `signal` aborts, whatever fails. */
  run(signal: AbortSignal): Promise<void>;
  status(): CollectionStatus;
  /** Forgets what it knows, as changes. */
  clear(): readonly Change[];
}

/** How long a server that refused a streaming list is not asked for one again, in milliseconds: it may be upgraded. */
const STREAMING_RETRY_MS = 600_000;

export function createReflector(options: ReflectorOptions): Reflector {
  const { collection, client, timing, streaming, contact, onUpdate, onStale } = options;
  const patience = new Patience(timing);
  const doubt = new Doubt();
  const store = new ReflectorStore({ isSingle: collection.name !== undefined });
  /** Where the next watch starts; undefined where everything must be listed first. */
  let version: string | undefined;
  let currentAt: number | undefined;
  let stale: Diagnostic | undefined;

  const noteCurrent = (): void => {
    currentAt = timing.now();
    if (stale === undefined) return;
    stale = undefined;
    onStale(undefined);
  };
  const update = (changes: readonly Change[]): void => {
    noteCurrent();
    version = store.position?.hi;
    onUpdate(changes, store.position);
  };

  /** Events of a watch are in the order of their versions: one that goes back tells of another history. */
  const takeLive = (event: WatchEvent): readonly Change[] => {
    const at = event.type === 'bookmark' ? event.version : event.object.version;
    const hi = store.position?.hi ?? at;
    if (compareVersions(at, hi) < 0)
      throw new ApiError('kubernetes-rewound', `a watch at version ${hi} received version ${at}`);
    if (event.type === 'put') return store.put(event.object);
    if (event.type === 'delete') return store.delete(event.object);
    store.advance(at);
    return [];
  };

  /** Follows one connection to its end; tells how many events came after the list. */
  const follow = async (
    attempt: Attempt,
    seen: { events: number; isOpen: boolean },
  ): Promise<void> => {
    const { signal } = attempt;
    let listing = version === undefined ? store.beginList() : undefined;
    const take = (event: WatchEvent): readonly Change[] => {
      if (listing === undefined) {
        seen.events++;
        doubt.noteEvent();
        return takeLive(event);
      }
      if (event.type === 'put') return listing.take(event.object);
      if (event.type !== 'bookmark' || !event.endsList) return [];
      const changes = listing.end(event.version);
      listing = undefined;
      return changes;
    };
    for await (const events of watchOnce({ client, collection, timing, from: version, signal })) {
      attempt.answered();
      seen.isOpen = true;
      const changes: Change[] = [];
      try {
        for (const event of events) changes.push(...take(event));
      } finally {
        // What the store has taken must be passed on, whatever the next event is.
        if (listing === undefined) update(changes);
        else if (changes.length > 0) onUpdate(changes, undefined);
      }
    }
    if (listing !== undefined)
      throw new ApiError('kubernetes-cut', 'a streaming list ended before it was whole');
  };

  const ask = async (attempt: Attempt): Promise<string> => {
    const { listMs: deadlineMs } = timing;
    const at = await askVersion({ client, collection, deadlineMs, signal: attempt.signal });
    attempt.answered();
    return at;
  };

  /** Ends as a connection does that did some good; throws where there is a reason to wait. */
  const connect = async (attempt: Attempt): Promise<void> => {
    const { signal } = attempt;
    if (version !== undefined) await doubt.resolve(version, () => ask(attempt));
    const mayStream =
      timing.now() - (streaming.refusedAt ?? -STREAMING_RETRY_MS) >= STREAMING_RETRY_MS;
    if (version === undefined && !mayStream) {
      const listing = store.beginList();
      const take = (objects: readonly ApiObject[]) => {
        attempt.answered();
        const changes = objects.flatMap(listing.take);
        if (changes.length > 0) onUpdate(changes, undefined);
      };
      const { listMs: deadlineMs } = timing;
      const at = await listPages({ client, collection, deadlineMs, signal, take });
      update(listing.end(at));
    }
    const isList = version === undefined;
    const startedAt = timing.now();
    const seen = { events: 0, isOpen: false };
    const didGood = () =>
      seen.events > 0 || (attempt.isAnswered && timing.now() - startedAt >= timing.shortMs);
    try {
      await follow(attempt, seen);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      const isRefused = error.code === 'kubernetes-invalid' || error instanceof SilentListError;
      if (isList && isRefused) {
        streaming.refusedAt = timing.now();
        return;
      }
      if (version !== undefined && seen.isOpen && error.code === 'kubernetes-timeout') {
        if (doubt.noteSilence()) version = undefined;
        return;
      }
      const isUsual = error.code === 'kubernetes-cut' || error.code === 'kubernetes-gone';
      if (version === undefined || !isUsual || !didGood()) throw error;
      if (RELIST.has(error.code)) version = undefined;
      return;
    }
    if (!didGood()) throw new ApiError('kubernetes-cut', 'a watch ended at once, without an event');
  };

  const noteFailure = (attempt: Attempt, error: ApiError): void => {
    if (error.status !== undefined && !isAway(error)) attempt.answered();
    if (isAway(error)) doubt.noteAway();
    if (RELIST.has(error.code)) version = undefined;
    if (error.code === 'kubernetes-rewound') store.distrust();
    const before = stale?.message;
    stale = explainStaleness(collection, error);
    if (before !== stale.message) onStale(stale);
  };

  return {
    collection,
    async run(signal) {
      while (!signal.aborted) {
        const attempt = contact.begin(signal);
        try {
          await connect(attempt);
          patience.noteGood();
        } catch (error) {
          if (signal.aborted) return;
          if (!(error instanceof ApiError)) throw error;
          noteFailure(attempt, error);
          attempt.end();
          await patience.wait(attempt, error, signal);
        } finally {
          attempt.end();
        }
      }
    },
    status: () => ({
      collection: nameCollection(collection),
      isSynced: store.position !== undefined,
      ...(currentAt === undefined ? {} : { currentAt }),
      ...(stale === undefined ? {} : { stale }),
      objects: store.size,
    }),
    clear: () => {
      version = undefined;
      return store.clear();
    },
  };
}
