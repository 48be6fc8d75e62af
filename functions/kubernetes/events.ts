import { setTimeout as delay } from 'node:timers/promises';
import type { Occurrence, Tell } from '../core/occurrence.ts';
import { backoff } from '../wire/backoff.ts';
import type { Log } from '../wire/log.ts';
import { ApiError, isAway } from './api-error.ts';
import type { ApiClient } from './client.ts';
import { EVENTS_API, eventName, eventOf, microTime } from './event-object.ts';
import { isFields } from '../core/fields.ts';
import { createTokenBucket } from './token-bucket.ts';

export interface EventsOptions {
  readonly client: ApiClient;
  /** Of the configuration: Events of other namespaces cannot be written. */
  readonly namespace: string;
  /** The replica that reports. */
  readonly instance: string;
  readonly uidOf: (object: string) => string | undefined;
  readonly log: Log;
  readonly now?: () => number;
}

/** Events on the ConfigMaps that people write. They are told as well as can be; nothing ever waits for them. */
export interface Events {
  readonly tell: Tell;
  /** Settles when all that has been told so far is written, or given up. */
  settled(): Promise<void>;
  stop(): void;
}

const DEADLINE_MS = 10_000;
/** As many at once, and one more every ten seconds. */
const BOUNDS = { burst: 25, regainMs: 10_000 };
/** More do not wait to be written. */
const MOST_WAITING = 100;
const MOST_TRIES = 5;
const AGAIN = { firstMs: 500, maxMs: 30_000 };
/** Names whose tellings are counted: beyond it those that were told longest ago are forgotten. */
const MOST_COUNTED = 1000;

const isCode = (error: unknown, code: ApiError['code']): boolean =>
  error instanceof ApiError && error.code === code;

const countOf = (event: Readonly<Record<string, unknown>>): number => {
  const series = isFields(event.series) ? event.series : {};
  return typeof series.count === 'number' ? series.count : 1;
};

/**
 * Writes each occurrence as one Event, whichever replicas see it: its name is a hash of what it is. A replica that sees
 * it again counts it as one more of a series, unless another has counted that already.
 */
export function createEvents(options: EventsOptions): Events {
  const { client, namespace, instance, uidOf, log, now = Date.now } = options;
  const path = `/apis/${EVENTS_API}/namespaces/${namespace}/events`;
  const bucket = createTokenBucket(BOUNDS, now);
  const counts = new Map<string, number>();
  const stopped = new AbortController();
  let queue: Promise<void> = Promise.resolve();
  let waiting = 0;
  let dropped = 0;
  let isRefused = false;

  /** How many times it has been told here. */
  function count(name: string): number {
    const times = (counts.get(name) ?? 0) + 1;
    counts.delete(name);
    counts.set(name, times);
    if (counts.size > MOST_COUNTED) counts.delete(counts.keys().next().value as string);
    return times;
  }

  const call = () => ({ deadlineMs: DEADLINE_MS, signal: stopped.signal });

  async function countOneMore(name: string, times: number): Promise<void> {
    const event = await client.json({ path: `${path}/${name}`, ...call() });
    if (!isFields(event) || countOf(event) >= times) return;
    const series = { count: countOf(event) + 1, lastObservedTime: microTime(now()) };
    const body = { ...event, apiVersion: EVENTS_API, kind: 'Event', series };
    await client.json({ path: `${path}/${name}`, method: 'PUT', body, ...call() });
  }

  async function write(occurrence: Occurrence, times: number): Promise<void> {
    const body = eventOf(occurrence, { uid: uidOf(occurrence.object), instance, now: now() });
    try {
      await client.json({ path, body, ...call() });
    } catch (error) {
      if (!isCode(error, 'kubernetes-conflict')) throw error;
      await countOneMore(body.metadata.name, times);
    }
  }

  /** Whether it may go well the next time: somebody else was faster, or nobody answers now. */
  const isPassing = (error: unknown): boolean =>
    error instanceof ApiError &&
    (isAway(error) || /^kubernetes-(?:conflict|missing|busy|server)$/.test(error.code));

  async function writeInTime(occurrence: Occurrence, times: number): Promise<void> {
    for (let tries = 1; ; tries++)
      try {
        await write(occurrence, times);
        isRefused = false;
        return;
      } catch (error) {
        if (stopped.signal.aborted) return;
        if (!isPassing(error) || tries === MOST_TRIES) throw error;
        await delay(backoff(tries, AGAIN), undefined, { ref: false, signal: stopped.signal });
      }
  }

  function complain(error: unknown): void {
    if (isRefused || stopped.signal.aborted) return;
    isRefused = true;
    const hint = isCode(error, 'kubernetes-forbidden')
      ? `Grant the rule {apiGroups: [events.k8s.io], resources: [events], verbs: [create, get, update]} in namespace ${namespace} to the account of this service.`
      : (error as Partial<ApiError>).hint;
    log.warn('cannot write an Event', { error, hint });
  }

  function tell(occurrence: Occurrence): void {
    if (stopped.signal.aborted) return;
    if (waiting >= MOST_WAITING || !bucket.tryTake()) {
      dropped += 1;
      // The log has all of them.
      if (dropped === 1) log.warn('too many Events: dropping some', { burst: BOUNDS.burst });
      return;
    }
    dropped = 0;
    waiting += 1;
    const times = count(eventName(occurrence));
    queue = queue
      .then(() => writeInTime(occurrence, times))
      .catch(complain)
      .finally(() => {
        waiting -= 1;
      });
  }

  return { tell, settled: () => queue, stop: () => stopped.abort() };
}
