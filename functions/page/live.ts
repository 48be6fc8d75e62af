import type { Facts, Held, Later, Reply } from '../http/exchange.ts';
import type { Lifecycle } from '../http/lifecycle.ts';
import { jitterWait, readWait } from '../http/wait.ts';
import { codedReply, pageEtag, pageReply } from './reply.ts';

export interface LiveOptions {
  /** Writes the page of a query. */
  readonly write: (search: string) => string;
  readonly lifecycle: Lifecycle;
  readonly now: () => number;
  /** How often what is looked at is looked at anew, in milliseconds, while somebody waits. */
  readonly everyMs?: number;
  readonly random?: () => number;
}

/** Answers with a page, or lets its reader wait until there is something new on it. */
export type Live = (facts: Facts, later: Later) => Promise<Reply> | Held;

interface Waiter {
  readonly search: string;
  readonly etag: string;
  readonly until: number;
  readonly settle: (reply: Reply | Promise<Reply>) => void;
  readonly acceptEncoding: string | undefined;
}

const EVERY_MS = 1000;
/** More are answered at once, whether or not there is something new. */
const MOST_WAITING = 200;

const unchanged = (etag: string): Reply => ({
  status: 304,
  headers: { ETag: etag, Vary: 'Accept, Accept-Encoding', 'Cache-Control': 'no-store' },
});

/** However many look at a page, it is written once in a while, and not at all while nobody does. */
export function createLive(options: LiveOptions): Live {
  const { write, lifecycle, now, everyMs = EVERY_MS, random = Math.random } = options;
  const waiters = new Set<Waiter>();
  let timer: NodeJS.Timeout | undefined;

  function reply(text: string, etag: string, acceptEncoding: string | undefined) {
    return codedReply(pageReply(text, { headers: { ETag: etag } }), acceptEncoding);
  }

  function end(waiter: Waiter): void {
    waiters.delete(waiter);
    if (waiters.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  }

  function look(): void {
    const pages = new Map<string, { readonly text: string; readonly etag: string }>();
    const at = now();
    for (const waiter of [...waiters]) {
      const { search, etag, until, settle, acceptEncoding } = waiter;
      let page = pages.get(search);
      if (!page) {
        const text = write(search);
        page = { text, etag: pageEtag(text) };
        pages.set(search, page);
      }
      const isNew = page.etag !== etag;
      if (!isNew && at < until && !lifecycle.isStopping) continue;
      end(waiter);
      settle(isNew ? reply(page.text, page.etag, acceptEncoding) : unchanged(etag));
    }
  }

  return ({ search, headers, admittedUntil = Number.POSITIVE_INFINITY }, later) => {
    const acceptEncoding = headers['accept-encoding'];
    const text = write(search);
    const etag = pageEtag(text);
    if (headers['if-none-match'] !== etag) return reply(text, etag, acceptEncoding);
    const waitS = readWait({ prefer: headers.prefer, wait: undefined }) ?? 0;
    const until = Math.min(now() + jitterWait(waitS, random), admittedUntil);
    if (until <= now() || waiters.size >= MOST_WAITING || lifecycle.isStopping)
      return Promise.resolve(unchanged(etag));
    const waiter: Waiter = { search, etag, until, settle: later, acceptEncoding };
    waiters.add(waiter);
    timer ??= setInterval(look, everyMs);
    return { kind: 'held', cancel: () => end(waiter) };
  };
}
