import type {
  Answer,
  Known,
  Publisher,
  Question,
  Refused,
  Variant,
} from '../publish/publication.ts';
import { AS_OF_HEADER, type AsOf, parseAsOf } from '../wire/as-of.ts';
import { BY_STREAM, EVIDENCE_HEADER } from '../wire/evidence.ts';
import { parseRevision, REFUSED_HEADER, RUNNING_HEADER } from '../wire/revision.ts';
import { ALERTS_HEADER } from '../wire/alerts-header.ts';
import type { Facts, Held, Later, Reply } from './exchange.ts';
import { readIfNoneMatch } from './if-none-match.ts';
import type { Lifecycle } from './lifecycle.ts';
import { createMemo } from './memo.ts';
import { notReadyReply } from './not-ready.ts';
import type { Poller, Pollers, Polling } from './pollers.ts';
import { Problem, problemReply } from './problem.ts';
import { type Choose, createReplies, type Wish } from './replies.ts';
import { formatFleet, formatVariant, readVariant, type VariantRules } from './variant.ts';
import { jitterWait, readWait } from './wait.ts';

export interface PollOptions {
  readonly publisher: Publisher;
  readonly pollers: Pollers;
  readonly lifecycle: Lifecycle;
  readonly rules: VariantRules;
  /** How many requests may be held at once. */
  readonly maxPolls: number;
  /** Thousands are held. */
  readonly onMany?: () => void;
  /** From 0 to 1, for the jitter of waits. */
  readonly random?: () => number;
  readonly now?: () => number;
}

/** Answers a request for what is published with what it is, or holds it until that changes. */
export interface Poll {
  (facts: Facts, choose: Choose, later: Later): Reply | Promise<Reply> | Held;
  /** How many requests are held now. */
  held(): number;
}

function readPosition(text: string): AsOf {
  const seen = parseAsOf(text);
  if (seen) return seen;
  throw new Problem({
    code: 'bad-position',
    detail: 'X-Config-As-Of is not a list of collection:lo-hi',
  });
}

/** What a client asks for, by its query: the same for a whole fleet. */
interface Target {
  readonly variant: Variant;
  readonly name: string;
  readonly fleet: string;
  readonly wait: string | undefined;
}

function leastOf(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? (a ?? b) : Math.min(a, b);
}

/** So many held requests are worth preparations. */
const MANY = 1_000;

const NOTHING: Known = { kind: 'none' };

function readTarget(search: string, rules: VariantRules): Target {
  const query = new URLSearchParams(search);
  const variant = readVariant(query, { ...rules, others: ['wait'] });
  const [name, fleet] = [formatVariant(variant), formatFleet(variant)];
  return { variant, name, fleet, wait: query.get('wait') ?? undefined };
}

/** What a reloader says that its HAProxy refused; without the revision's name it says nothing here. */
function readRefused(
  headers: Facts['headers'],
  { running, reason }: { running: string | undefined; reason: string | undefined },
): Refused | undefined {
  const revision = parseRevision(headers[REFUSED_HEADER]);
  if (revision === undefined) return undefined;
  const alerts = headers[ALERTS_HEADER];
  return {
    revision,
    ...(running && { running }),
    ...(reason !== undefined && { reason }),
    ...(alerts !== undefined && { alerts }),
  };
}

function refuse(answer: Answer & { kind: 'not-ready' | 'behind' | 'too-many-variants' }): Reply {
  if (answer.kind === 'behind')
    return problemReply({
      code: 'behind',
      detail:
        'the position in X-Config-As-Of is ahead of this replica, and remained so until the end of the wait',
      headers: { 'Retry-After': '1', Connection: 'close' },
    });
  if (answer.kind === 'too-many-variants')
    return problemReply({
      code: 'too-many-variants',
      detail: `at most ${answer.limit} different sets of parameters are served at once`,
      headers: { 'Retry-After': '60' },
    });
  return notReadyReply(answer.reason);
}

/** The long-poll that `/bundle` and `/haproxy.cfg` share. */
export function createPoll(options: PollOptions): Poll {
  const { publisher, pollers, lifecycle, rules, maxPolls, onMany } = options;
  const { random = Math.random, now = Date.now } = options;
  const targetOf = createMemo((search) => readTarget(search, rules));
  const positionOf = createMemo(readPosition);
  const knownOf = createMemo(readIfNoneMatch);
  const preferredOf = createMemo((prefer) => ({ waitS: readWait({ prefer, wait: undefined }) }));
  const replyOf = createReplies();
  const { evidence } = publisher;
  let held = 0;

  function waitOf(prefer: string | undefined, wait: string | undefined): number | undefined {
    if (wait !== undefined) return readWait({ prefer, wait });
    return prefer === undefined ? undefined : preferredOf(prefer).waitS;
  }

  /** Within which its next poll is to come, for what it counts; undefined where that does not matter. */
  function reportWithinMs(proxy: Poller | undefined, told: string | undefined): number | undefined {
    const windowS = proxy && evidence?.windowOf(proxy);
    // Whoever reports otherwise needs no poll for it, but to hear that it need not report any more.
    if (told === BY_STREAM) return windowS === undefined ? 0 : undefined;
    return windowS === undefined ? undefined : jitterWait(windowS, random);
  }

  function readQuestion(
    { headers, admittedUntil }: Facts,
    { variant, wait }: Target,
    proxy: (Poller & Polling) | undefined,
  ) {
    const reportMs = reportWithinMs(proxy, headers[EVIDENCE_HEADER]);
    const running = parseRevision(headers[RUNNING_HEADER]);
    const position = headers[AS_OF_HEADER];
    const match = headers['if-none-match'];
    const waitS = waitOf(headers.prefer, wait);
    const question = {
      variant,
      known: match === undefined ? NOTHING : knownOf(match),
      takesPatch: headers['a-im'] !== undefined,
      seen: position === undefined ? undefined : positionOf(position),
      proxy,
      running,
      refused: readRefused(headers, { running, reason: proxy?.refused?.reason }),
      waitMs: lifecycle.isStopping ? 0 : jitterWait(waitS ?? 0, random),
      // Whoever is let in for a time is not answered beyond it, and who counts over a window tells after it.
      maxMs: leastOf(
        admittedUntil === undefined ? undefined : Math.max(0, admittedUntil - now()),
        reportMs,
      ),
    };
    return { question, waitS };
  }

  /** Asks, and keeps of the request no more than its answer needs: thousands wait. */
  function askFor(
    question: Question & { readonly proxy: (Poller & Polling) | undefined },
    wish: Wish,
    later: Later,
  ): Reply | Promise<Reply> | Held {
    const { proxy } = question;
    const toReply = (answer: Answer) => {
      if (answer.kind !== 'bundle' && answer.kind !== 'same') return refuse(answer);
      return replyOf(answer, { ...wish, windowS: proxy && evidence?.windowOf(proxy) });
    };
    const asked = publisher.ask(question, (answer) => {
      held -= 1;
      proxy?.hold(false);
      later(toReply(answer));
    });
    if (asked.kind !== 'held') return toReply(asked);
    if (held >= maxPolls) {
      asked.cancel();
      throw new Problem({
        code: 'too-many-polls',
        detail: `${maxPolls} requests are held already`,
        headers: { 'Retry-After': '5', Connection: 'close' },
      });
    }
    held += 1;
    proxy?.hold(true);
    if (held === MANY) onMany?.();
    return {
      kind: 'held',
      cancel() {
        held -= 1;
        proxy?.hold(false);
        asked.cancel();
      },
    };
  }

  function poll(facts: Facts, choose: Choose, later: Later): ReturnType<Poll> {
    const target = targetOf(facts.search);
    const proxy = pollers.see(facts, { variant: target.name, fleet: target.fleet });
    if (proxy) evidence?.note(proxy, facts.headers[EVIDENCE_HEADER]);
    const { question, waitS } = readQuestion(facts, target, proxy);
    return askFor(question, { choose, waitS }, later);
  }

  return Object.assign(poll, { held: () => held });
}
