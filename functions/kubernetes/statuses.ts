import { setTimeout as delay } from 'node:timers/promises';
import type { Diagnostic } from '../core/diagnostics.ts';
import { nameOfEntry, type StatusEntry, type StatusSink } from '../core/statuses.ts';
import { type BackoffBounds, backoff } from '../wire/backoff.ts';
import type { Log } from '../wire/log.ts';
import { type ApiError, errorOfTransport, isAway } from './api-error.ts';
import type { ApiClient } from './client.ts';
import { createStatusObjects } from './status-object.ts';
import { toDiagnostic, type Trouble } from './status-trouble.ts';
import { createTokenBucket } from './token-bucket.ts';

export interface StatusesOptions {
  readonly client: ApiClient;
  readonly log: Log;
  readonly now?: () => number;
  /** After what time that fails is tried again. */
  readonly again?: BackoffBounds;
}

/** Writes statuses through the API server, one object after the other, where they differ from what is there. */
export interface StatusWriter extends StatusSink {
  /** Settles when all that was given so far is written, or waits to be tried again. */
  settled(): Promise<void>;
  stop(): void;
}

/** As many objects at once, and one more each so many milliseconds: a thousand of them take less than a minute. */
const BOUNDS = { burst: 200, regainMs: 50 };
const AGAIN = { firstMs: 1_000, maxMs: 60_000 };
/** In the place of objects that fail together: the API server itself. */
const ALL = '';

/** What fails together, as RBAC grants it: the objects of a kind in a namespace; or all, where nobody answers. */
const groupOf = ({ apiVersion, kind, namespace = '' }: StatusEntry): string =>
  `${apiVersion} ${kind} ${namespace}`;

const isOfServer = (error: ApiError): boolean =>
  isAway(error) || /^kubernetes-(?:busy|server|unauthorized|credentials)$/.test(error.code);
/** The same request would fail again, whenever it is made. */
const isFinal = (error: ApiError): boolean => error.code === 'kubernetes-invalid';

/** What takes its items out of a list that it shares with others; nothing, where it shares none. */
const withdrawn = (entry: StatusEntry): StatusEntry | undefined =>
  entry.controllerName !== undefined && Array.isArray(entry.status.parents)
    ? { ...entry, status: { parents: [] } }
    : undefined;

export function createStatusWriter(options: StatusesOptions): StatusWriter {
  const { client, log, now = Date.now, again = AGAIN } = options;
  const stopped = new AbortController();
  const { signal } = stopped;
  const objects = createStatusObjects({ client, signal, now });
  const bucket = createTokenBucket(BOUNDS, now);
  /** All of these by the names of the objects. */
  let wanted = new Map<string, StatusEntry>();
  const done = new Map<string, string>();
  const pending = new Map<string, StatusEntry>();
  const troubles = new Map<string, Trouble>();
  /** How often those have failed that are left alone for now, or were until the next one is tried. */
  const failures = new Map<string, number>();
  const resting = new Set<string>();
  let running: Promise<void> | undefined;

  function rest(group: string, error: ApiError): void {
    const times = (failures.get(group) ?? 0) + 1;
    failures.set(group, times);
    resting.add(group);
    const ms = Math.max(error.retryAfterMs, backoff(times, again));
    void delay(ms, undefined, { signal, ref: false }).then(
      () => {
        resting.delete(group);
        start();
      },
      () => undefined,
    );
  }

  function complain(key: string, trouble: Trouble): void {
    const isSaid = [...troubles.values()].some(({ error }) => error.code === trouble.error.code);
    troubles.set(key, trouble);
    if (!isSaid) log.warn('a status cannot be written', { diagnostic: toDiagnostic(trouble) });
  }

  async function take(key: string, entry: StatusEntry): Promise<void> {
    try {
      await objects.write(entry);
      troubles.delete(key);
      for (const group of [ALL, groupOf(entry)]) failures.delete(group);
      if (wanted.has(key)) done.set(key, JSON.stringify(entry));
    } catch (thrown) {
      if (signal.aborted) return;
      const error = errorOfTransport(thrown);
      complain(key, { entry, error, resource: objects.resourceOf(entry) });
      if (isFinal(error)) done.set(key, JSON.stringify(entry));
      else if (!pending.has(key)) pending.set(key, entry);
      if (!isFinal(error)) rest(isOfServer(error) ? ALL : groupOf(entry), error);
    }
  }

  function next(): readonly [string, StatusEntry] | undefined {
    if (resting.has(ALL)) return undefined;
    for (const one of pending) if (!resting.has(groupOf(one[1]))) return one;
    return undefined;
  }

  async function run(): Promise<void> {
    for (let one = next(); one && !signal.aborted; one = next()) {
      const [key, entry] = one;
      pending.delete(key);
      await delay(bucket.take(), undefined, { signal, ref: false }).catch(() => undefined);
      await take(key, entry);
    }
  }

  /** One at a time: what comes meanwhile is taken at the end. */
  function start(): void {
    if (signal.aborted) return;
    running ??= run().finally(() => {
      running = undefined;
      if (next()) start();
    });
  }

  function want(key: string, entry: StatusEntry): void {
    if (done.get(key) === JSON.stringify(entry)) pending.delete(key);
    else pending.set(key, entry);
  }

  function withdraw(key: string, entry: StatusEntry): void {
    const empty = withdrawn(entry);
    done.delete(key);
    troubles.delete(key);
    if (empty) pending.set(key, empty);
    else pending.delete(key);
  }

  return {
    write(entries) {
      const before = wanted;
      wanted = new Map(entries.map((entry) => [nameOfEntry(entry), entry]));
      for (const [key, entry] of before) if (!wanted.has(key)) withdraw(key, entry);
      for (const [key, entry] of wanted) want(key, entry);
      start();
    },
    reconcile() {
      done.clear();
      for (const [key, entry] of wanted) want(key, entry);
      start();
    },
    diagnostics: (): readonly Diagnostic[] => [...troubles.values()].map(toDiagnostic),
    async settled() {
      while (running !== undefined) await running;
    },
    stop: () => stopped.abort(),
  };
}
