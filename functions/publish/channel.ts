import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { Diagnostic } from '../core/diagnostics.ts';
import type {
  Answer,
  NotReady,
  Publication,
  Question,
  Variant,
  VariantStatus,
} from '../publication.ts';
import { type AsOf, hasReached } from '../wire/as-of.ts';
import { type Bundle, CONFIG_PATH, formatBundle } from '../wire/bundle.ts';

/** What a render came to, for the pollers of one variant. */
export type Outcome =
  | { readonly kind: 'bundle'; readonly bundle: Bundle }
  | { readonly kind: 'failure'; readonly failure: Diagnostic };

/** One variant's last good bundle, and the questions that wait for the next. */
export interface Channel {
  readonly variant: Variant;
  /** Takes what a render of inputs of this version came to; tells whether the bundle is a new one. */
  publish(outcome: Outcome, render: { readonly version: number; readonly at: Date }): boolean;
  /** Tells that a newer intent is not served, and why; undefined: it is. */
  warn(failure: Diagnostic | undefined): void;
  /** What has been rendered of this version holds for a later position too. */
  advance(asOf: AsOf, version: number): void;
  /** Waits for a render first where none has come yet. */
  ask(question: Question): Promise<Answer>;
  /** Tells every waiting question what holds now. */
  release(): void;
  isIdle(): boolean;
  status(): VariantStatus;
}

type Wake = () => void;

/** A first render is worth so long a wait, even to a poller that would not wait for a change. */
const FIRST_RENDER_MS = 10_000;

const gzipped = promisify(gzip);

function toPublication(bundle: Bundle, publishedAt: Date): Publication {
  const json = Buffer.from(formatBundle(bundle));
  let compressed: Promise<Uint8Array> | undefined;
  return {
    etag: bundle.etag,
    config: bundle.files.find(({ path }) => path === CONFIG_PATH)?.content ?? '',
    json,
    gzip() {
      compressed ??= gzipped(json);
      return compressed;
    },
    publishedAt,
  };
}

function toNotReady({ code, message, hint }: Diagnostic): NotReady {
  return { code, message, hint };
}

/**
 * How long, in milliseconds, a poller that has seen more than this replica is held: most replicas catch up in a moment,
 * and beyond it another one is more likely to have what the poller waits for.
 */
export const LAG_MS = 5_000;

/** A channel for one variant. */
export function createChannel(variant: Variant, lagMs = LAG_MS): Channel {
  const waiting = new Set<Wake>();
  /** Of those, the ones that wait for this replica to reach their position. */
  const lagging = new Set<Wake>();
  let publication: Publication | undefined;
  /** Of the render of what is served. */
  let failed: Diagnostic | undefined;
  /** Of a newer intent, which is not served. */
  let warned: Diagnostic | undefined;
  let asOf: AsOf = {};
  let version = -1;
  let isReleased = false;

  const wake = (waiters: Set<Wake>): void => {
    for (const call of [...waiters]) call();
  };

  function hold(question: Question, isLagging: boolean, ms: number): Promise<void> {
    return new Promise((resolve) => {
      const end = (): void => {
        clearTimeout(timer);
        question.signal.removeEventListener('abort', end);
        waiting.delete(end);
        lagging.delete(end);
        resolve();
      };
      const timer = setTimeout(end, ms);
      question.signal.addEventListener('abort', end, { once: true });
      waiting.add(end);
      if (isLagging) lagging.add(end);
    });
  }

  function answer(question: Question, isReached: boolean): Answer | undefined {
    if (!publication) return failed && { kind: 'not-ready', reason: toNotReady(failed) };
    const failure = failed ?? warned;
    if (!isReached || question.etag === publication.etag) return undefined;
    return { kind: 'bundle', publication, asOf, ...(failure ? { failure } : {}) };
  }

  function lateAnswer({ etag }: Question, isReached: boolean): Answer {
    if (!isReached) return { kind: 'behind' };
    const failure = failed ?? warned;
    if (etag !== undefined && publication?.etag === etag)
      return { kind: 'same', etag, asOf, ...(failure ? { failure } : {}) };
    const message = 'the first render of this configuration has not ended yet';
    return { kind: 'not-ready', reason: { code: 'not-rendered', message, hint: 'Ask again.' } };
  }

  return {
    variant,
    publish(outcome, render) {
      const before = publication?.etag;
      version = render.version;
      failed = outcome.kind === 'failure' ? outcome.failure : undefined;
      if (outcome.kind === 'bundle') {
        asOf = outcome.bundle.asOf;
        if (outcome.bundle.etag !== before) publication = toPublication(outcome.bundle, render.at);
      }
      const isNew = publication?.etag !== before;
      wake(isNew || !publication ? waiting : lagging);
      return isNew;
    },
    warn(failure) {
      warned = failure;
    },
    advance(position, of) {
      if (of !== version || failed) return;
      asOf = position;
      wake(lagging);
    },
    async ask(question) {
      const asked = performance.now();
      const end = asked + question.waitMs;
      for (;;) {
        const isReached = hasReached(asOf, question.seen ?? {});
        const now = answer(question, isReached);
        if (now) return now;
        const latest = publication ? end : Math.max(end, asked + FIRST_RENDER_MS);
        const until = isReached ? latest : Math.min(latest, asked + lagMs);
        const ms = until - performance.now();
        if (question.signal.aborted || isReleased || ms <= 0)
          return lateAnswer(question, isReached);
        await hold(question, !isReached, ms);
      }
    },
    release() {
      isReleased = true;
      wake(waiting);
    },
    isIdle: () => waiting.size === 0,
    status() {
      const failure = failed ?? warned;
      return {
        variant,
        ...(publication && {
          etag: publication.etag,
          config: publication.config,
          publishedAt: publication.publishedAt,
          size: publication.json.byteLength,
        }),
        waiting: waiting.size,
        ...(failure ? { failure } : {}),
      };
    },
  };
}
