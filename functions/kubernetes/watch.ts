import { ApiError } from './api-error.ts';
import type { ApiClient } from './client.ts';
import { type Collection, locateCollection } from './collection.ts';
import { startDeadline } from './deadline.ts';
import { readEvent, type WatchEvent } from './event.ts';
import type { Timing } from './timing.ts';

export interface WatchOptions {
  readonly client: ApiClient;
  readonly collection: Collection;
  readonly timing: Timing;
  /** The version that it starts after; without it everything is sent first: a streaming list. */
  readonly from: string | undefined;
  readonly signal: AbortSignal;
}

/** A streaming list that falls silent before its end: the server knows none, or is cut off. */
export class SilentListError extends ApiError {
  constructor() {
    super('kubernetes-timeout', 'a streaming list did not go on');
  }
}

const endsList = (event: WatchEvent): boolean => event.type === 'bookmark' && event.endsList;

function watchQuery(from: string | undefined, seconds: number): Record<string, string> {
  return {
    watch: '1',
    allowWatchBookmarks: 'true',
    timeoutSeconds: String(seconds),
    ...(from === undefined
      ? { sendInitialEvents: 'true', resourceVersionMatch: 'NotOlderThan' }
      : { resourceVersion: from }),
  };
}

/**
 * One connection of a watch: batches of events as they come, the first of them empty once the server agreed. It ends
 * when the server ends it in order. What can hang has an end: a silence, a server that forgets its own timeout.
 *
 * @throws ApiError; SilentListError
 */
export async function* watchOnce(options: WatchOptions): AsyncGenerator<readonly WatchEvent[]> {
  const { client, collection, timing, from, signal } = options;
  const { path, query } = locateCollection(collection);
  const { least, most } = timing.watchSeconds;
  const seconds = Math.ceil(least + timing.random() * (most - least));
  const deadlineMs = seconds * 1000 + timing.graceMs;
  const limit = startDeadline(signal, deadlineMs);
  const silence = setTimeout(() => limit.abort(new SilentListError()), timing.listIdleMs);
  if (from !== undefined) clearTimeout(silence);
  try {
    const batches = await client.lines({
      path,
      query: { ...query, ...watchQuery(from, seconds) },
      signal: limit.signal,
      deadlineMs,
      idleMs: timing.idleMs,
    });
    yield [];
    let isListing = from === undefined;
    for await (const lines of batches) {
      const events: WatchEvent[] = [];
      try {
        for (const line of lines) events.push(readEvent(collection, line));
      } catch (error) {
        yield events;
        throw error;
      }
      if (events.some(endsList)) isListing = false;
      if (isListing) silence.refresh();
      else clearTimeout(silence);
      yield events;
    }
  } finally {
    clearTimeout(silence);
    limit.end();
  }
}
