import { gzipSync } from 'node:zlib';
import type { Diagnostic } from '../../functions/core/diagnostics.ts';
import type {
  Answer,
  CertificateStatus,
  Known,
  NotReady,
  Publication,
  Publisher,
  Question,
} from '../../functions/publish/publication.ts';
import { type Ancestry, beginAncestry } from '../../functions/publish/ancestry.ts';
import { type AsOf, hasReached } from '../../functions/wire/as-of.ts';
import { bundleFile, formatBundle, makeBundle } from '../../functions/wire/bundle.ts';

/** A publisher of what the test says, in the same words as the real one. */
export interface MemoryPublisher extends Publisher {
  publish(config: string): Publication;
  /** Newer input does not render from here on. */
  fail(failure: Diagnostic): void;
  moveTo(asOf: AsOf): void;
  readonly waiting: number;
  readonly asked: readonly Question[];
  readonly gzips: number;
}

/** Of what it says: of one intent, always. */
export const REVISION = `sha256:${'7'.repeat(64)}`;

export function memoryPublisher(
  given: { notReady?: NotReady; certificates?: CertificateStatus[]; maxVariants?: number } = {},
): MemoryPublisher {
  const asked: Question[] = [];
  const waiters = new Set<() => void>();
  let current: Publication | undefined;
  let ancestry: Ancestry | undefined;
  let failure: Diagnostic | undefined;
  let asOf: AsOf = { 'pods/shop': { lo: '5', hi: '9' } };
  let gzips = 0;
  let released = false;
  const variants = new Set<string>();
  const wake = () => {
    for (const waiter of [...waiters]) waiter();
  };

  const knows = (known: Known, etag: string) =>
    known.kind === 'any' || (known.kind === 'these' && known.etags.includes(etag));

  function answerNow({ known, seen, variant }: Question): Answer | undefined {
    variants.add(JSON.stringify(variant));
    const limit = given.maxVariants ?? 1000;
    if (variants.size > limit) return { kind: 'too-many-variants', limit };
    if (current === undefined || (seen && !hasReached(asOf, seen))) return undefined;
    const failed = failure && { failure };
    if (knows(known, current.etag)) return undefined;
    return { kind: 'bundle', publication: current, asOf, revision: REVISION, ...failed };
  }

  function answerLast({ seen }: Question): Answer {
    if (current === undefined)
      return {
        kind: 'not-ready',
        reason: given.notReady ?? { code: 'not-synced', message: 'not yet', hint: 'wait' },
      };
    if (seen && !hasReached(asOf, seen)) return { kind: 'behind' };
    return {
      kind: 'same',
      etag: current.etag,
      asOf,
      revision: REVISION,
      ...(failure && { failure }),
    };
  }

  return {
    ask(question, settle) {
      asked.push(question);
      const now = answerNow(question);
      if (now) return now;
      const waitMs = Math.min(question.waitMs, question.maxMs ?? question.waitMs);
      if (waitMs === 0 || released) return answerLast(question);
      const cancel = () => {
        clearTimeout(timer);
        waiters.delete(look);
      };
      const end = (answer: Answer) => {
        cancel();
        settle(answer);
      };
      const look = () => {
        const answer = answerNow(question);
        if (answer) end(answer);
        else if (released) end(answerLast(question));
      };
      const timer = setTimeout(() => end(answerLast(question)), waitMs);
      waiters.add(look);
      return { kind: 'held', cancel };
    },
    publish(config) {
      const bundle = makeBundle([bundleFile('haproxy.cfg', config)], asOf);
      const json = Buffer.from(formatBundle(bundle));
      let gzipped: Uint8Array | undefined;
      const gzip = () => {
        if (gzipped) return gzipped;
        gzips += 1;
        gzipped = gzipSync(json);
        return gzipped;
      };
      ancestry = ancestry?.succeed(bundle) ?? beginAncestry(bundle);
      const { patch } = ancestry;
      const made = { etag: bundle.etag, config, json, gzip, patch, publishedAt: new Date() };
      current = made;
      failure = undefined;
      wake();
      return made;
    },
    fail(diagnostic) {
      failure = diagnostic;
    },
    moveTo(position) {
      asOf = position;
      wake();
    },
    release() {
      released = true;
      wake();
    },
    snapshot: () => (current ? Buffer.from('{"items":[]}') : undefined),
    status: () => ({
      isReady: current !== undefined,
      ...(given.notReady && current === undefined && { notReady: given.notReady }),
      asOf,
      variants: current
        ? [
            {
              variant: { sslDir: '/etc/haproxy/ssl', filesDir: '/etc/haproxy/files', params: {} },
              etag: current.etag,
              config: current.config,
              publishedAt: current.publishedAt,
              size: current.json.byteLength,
              waiting: waiters.size,
              ...(failure && { failure }),
            },
          ]
        : [],
      diagnostics: failure ? [failure] : [],
      certificates: given.certificates ?? [],
      intent: { state: 'good', held: [], tries: { renders: 0, checks: 0 } },
      earlier: [],
    }),
    get waiting() {
      return waiters.size;
    },
    get gzips() {
      return gzips;
    },
    asked,
  };
}
