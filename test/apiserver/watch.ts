import type { ServerResponse } from 'node:http';
import { shown } from './discovery.ts';
import { isAskedFor } from './list.ts';
import type { ApiRequest } from './request.ts';
import { apiVersionOf, kindOf } from './resources.ts';
import { type Answer, expired, failure } from './status.ts';
import type { Store, StoredObject, StoreEvent } from './store.ts';

export interface WatchOptions {
  readonly store: Store;
  readonly request: ApiRequest;
  readonly response: ServerResponse;
  readonly hasStreamingLists: boolean;
  /** Without it, a watch from a compacted version is refused by an ERROR event in the stream. */
  readonly goneByStatus: boolean;
  readonly bookmarkMs: number;
  /** How long this client's events lag, in milliseconds; asked anew for each event. */
  readonly lagMs: () => number;
}

/** An open watch, for a test to disturb. */
export interface Stream {
  readonly request: ApiRequest;
  /** Ends the connection in the midst. */
  cut(): void;
  /** Ends the watch in order, as at its timeout. */
  end(): void;
  /** Sends nothing more, and tells nobody: a half-open connection. */
  freeze(): void;
  /** Sends bytes as they are. */
  say(bytes: string | Uint8Array): void;
}

const lines = new WeakMap<StoreEvent, string>();

function lineOf(event: StoreEvent, type: string, object: object): string {
  if (type !== 'MODIFIED' || object !== event.object)
    return `${JSON.stringify({ type, object })}\n`;
  const known = lines.get(event) ?? `${JSON.stringify({ type, object })}\n`;
  lines.set(event, known);
  return known;
}

function bookmark(options: { resource: string; version: number; isEndOfList: boolean }): string {
  const { resource, version, isEndOfList } = options;
  const annotations = { 'k8s.io/initial-events-end': 'true' };
  const metadata = {
    resourceVersion: String(version),
    ...(isEndOfList ? { annotations } : {}),
  };
  const object = { kind: kindOf(resource), apiVersion: apiVersionOf(resource), metadata };
  return `${JSON.stringify({ type: 'BOOKMARK', object })}\n`;
}

/** Why a watch is refused before it starts. */
function refusal({
  store,
  request,
  hasStreamingLists,
  goneByStatus,
}: WatchOptions): Answer | undefined {
  const { query } = request;
  const from = query.get('resourceVersion') ?? '';
  if (query.has('sendInitialEvents') && !hasStreamingLists)
    return failure(
      422,
      'Invalid',
      'ListOptions.meta.k8s.io "" is invalid: sendInitialEvents: Forbidden: sendInitialEvents is forbidden for watch unless the WatchList feature gate is enabled',
    );
  if (query.has('sendInitialEvents') && query.get('resourceVersionMatch') !== 'NotOlderThan')
    return failure(
      422,
      'Invalid',
      'resourceVersionMatch: Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan',
    );
  if (goneByStatus && from !== '' && Number(from) < store.compacted)
    return expired(`too old resource version: ${from} (${store.compacted})`);
  return undefined;
}

/** Answers a watch, or gives why not. */
export function serveWatch(options: WatchOptions): Stream | Answer {
  const { store, request, response, bookmarkMs, lagMs } = options;
  const refused = refusal(options);
  if (refused) return refused;
  const { query, resource } = request;
  let isFrozen = false;
  let sentTo = Number(query.get('resourceVersion') || store.version);
  const write = (text: string | Uint8Array) => {
    if (!isFrozen && !response.destroyed && !response.writableEnded) response.write(text);
  };

  const show = (object: StoredObject) => shown(object, request, resource);

  response.writeHead(200, { 'content-type': 'application/json' });
  response.flushHeaders();
  if (sentTo < store.compacted) {
    const { body } = expired(`too old resource version: ${sentTo} (${store.compacted})`);
    response.end(`${JSON.stringify({ type: 'ERROR', object: body })}\n`);
  }
  if (query.has('sendInitialEvents')) {
    for (const object of store.list(resource, request.namespace))
      if (isAskedFor(request, object))
        write(`${JSON.stringify({ type: 'ADDED', object: show(object) })}\n`);
    sentTo = store.version;
    write(bookmark({ resource, version: sentTo, isEndOfList: true }));
  }

  const send = (event: StoreEvent) => {
    sentTo = event.version;
    if (event.resource !== resource) return;
    const was = event.previous !== undefined && isAskedFor(request, event.previous);
    const is = !event.isDeletion && isAskedFor(request, event.object);
    if (!was && !is) return;
    const type = is ? (was ? 'MODIFIED' : 'ADDED') : 'DELETED';
    write(lineOf(event, type, show(event.object)));
  };
  // Events leave in order, none before its lag is over; a lag that shrinks lets the queue go at once.
  const queue: { event: StoreEvent; at: number }[] = [];
  let queuedTo = sentTo;
  let timer: NodeJS.Timeout | undefined;
  const drain = () => {
    clearTimeout(timer);
    timer = undefined;
    while (queue[0] && performance.now() - queue[0].at >= lagMs())
      send((queue.shift() as { event: StoreEvent }).event);
    if (queue[0]) timer = setTimeout(drain, 5);
  };
  const fetch = () => {
    for (const event of store.since(queuedTo)) {
      queuedTo = event.version;
      queue.push({ event, at: performance.now() });
    }
    if (timer === undefined) drain();
  };
  const unsubscribe = store.subscribe(fetch);
  fetch();

  const bookmarks = setInterval(() => {
    if (query.get('allowWatchBookmarks') !== 'true') return;
    // A stream that lags tells how far it has come.
    const version = queue.length === 0 ? store.version : sentTo;
    sentTo = Math.max(sentTo, version);
    queuedTo = Math.max(queuedTo, sentTo);
    write(bookmark({ resource, version, isEndOfList: false }));
  }, bookmarkMs);
  const seconds = Number(query.get('timeoutSeconds') ?? 1800);
  const timeout = setTimeout(() => response.end(), seconds * 1000);
  response.on('close', () => {
    unsubscribe();
    clearInterval(bookmarks);
    clearTimeout(timeout);
    clearTimeout(timer);
  });
  return {
    request,
    cut: () => response.destroy(),
    end: () => response.end(),
    freeze: () => {
      isFrozen = true;
    },
    say: write,
  };
}
