import type { Answer, Publication, Publisher, Question } from '../publication.ts';
import { AS_OF_HEADER, formatAsOf, parseAsOf } from '../wire/as-of.ts';
import type { Facts, Reply } from './exchange.ts';
import { FAILURE_HEADER, formatFailure } from './failure.ts';
import { type Known, readIfNoneMatch } from './if-none-match.ts';
import type { Lifecycle } from './lifecycle.ts';
import { notReadyReply } from './not-ready.ts';
import type { Pollers } from './pollers.ts';
import { Problem, problemReply } from './problem.ts';
import { formatVariant, readVariant, type VariantRules } from './variant.ts';
import { jitterWait, readWait } from './wait.ts';

export interface PollOptions {
  readonly publisher: Publisher;
  readonly pollers: Pollers;
  readonly lifecycle: Lifecycle;
  readonly rules: VariantRules;
  /** How many requests may be held at once. */
  readonly maxPolls: number;
  /** From 0 to 1, for the jitter of waits. */
  readonly random?: () => number;
}

/** One kind of what is published: its type and bytes, and its coding where it is coded. */
export interface Representation {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
}
export type Represent = (
  publication: Publication,
  facts: Facts,
) => Representation | Promise<Representation>;

/** Answers a request for what is published with what it is, or holds it until that changes. */
export interface Poll {
  (facts: Facts, represent: Represent): Promise<Reply>;
  /** How many requests are held now. */
  held(): number;
}

// The bundle has private keys: no shared cache may keep it.
const CACHING = { 'Cache-Control': 'private, no-cache', Vary: 'Accept-Encoding, Prefer' };

function readQuestion(facts: Facts, rules: VariantRules) {
  const { query, headers, signal } = facts;
  const variant = readVariant(query, { ...rules, others: ['wait'] });
  const position = headers[AS_OF_HEADER];
  const seen = position === undefined ? undefined : parseAsOf(position);
  if (position !== undefined && seen === undefined)
    throw new Problem({
      code: 'bad-position',
      detail: 'X-Config-As-Of is not a list of collection:lo-hi',
    });
  const known = readIfNoneMatch(headers['if-none-match']);
  const waitS = readWait({ prefer: headers.prefer, wait: query.get('wait') ?? undefined });
  return { known, waitS, question: { variant, ...(seen && { seen }), signal } };
}

/** Asks the publisher; a client that has several hashes waits with whichever of them is current. */
async function ask(publisher: Publisher, question: Question, known: Known): Promise<Answer> {
  if (known.kind === 'none') return publisher.ask(question);
  if (known.kind === 'these' && known.etags.length === 1)
    return publisher.ask({ ...question, etag: known.etags[0] });
  const now = await publisher.ask(question);
  if (now.kind !== 'bundle') return now;
  const { etag } = now.publication;
  if (known.kind === 'these' && !known.etags.includes(etag)) return now;
  return publisher.ask({ ...question, etag });
}

function validators(answer: Answer & { kind: 'bundle' | 'same' }): Record<string, string> {
  const etag = answer.kind === 'same' ? answer.etag : answer.publication.etag;
  return {
    ETag: `"${etag}"`,
    'X-Config-As-Of': formatAsOf(answer.asOf),
    ...CACHING,
    ...(answer.failure && { [FAILURE_HEADER]: formatFailure(answer.failure) }),
  };
}

function refuse(answer: Answer & { kind: 'not-ready' | 'behind' | 'too-many-variants' }): Reply {
  if (answer.kind === 'behind')
    return problemReply({
      code: 'behind',
      detail: 'the position in X-Config-As-Of is ahead of this replica, and stayed so for the wait',
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
  const { publisher, pollers, lifecycle, rules, maxPolls, random = Math.random } = options;
  let held = 0;

  async function hold(question: Question, known: Known): Promise<Answer> {
    if (question.waitMs > 0 && held >= maxPolls)
      throw new Problem({
        code: 'too-many-polls',
        detail: `${maxPolls} requests are held already`,
        headers: { 'Retry-After': '5', Connection: 'close' },
      });
    const counts = question.waitMs > 0 ? 1 : 0;
    held += counts;
    try {
      return await ask(publisher, question, known);
    } finally {
      held -= counts;
    }
  }

  async function poll(facts: Facts, represent: Represent): Promise<Reply> {
    const { known, waitS, question } = readQuestion(facts, rules);
    pollers.see(facts, formatVariant(question.variant));
    const waitMs = lifecycle.isStopping ? 0 : jitterWait(waitS ?? 0, random);
    const answer = await hold({ ...question, waitMs }, known);
    if (answer.kind !== 'bundle' && answer.kind !== 'same') return refuse(answer);
    const headers = {
      ...validators(answer),
      ...(waitS !== undefined && { 'Preference-Applied': `wait=${waitS}` }),
    };
    if (answer.kind === 'same') return { status: 304, headers };
    const { body, ...representation } = await represent(answer.publication, facts);
    return { status: 200, headers: { ...headers, ...representation.headers }, body };
  }

  return Object.assign(poll, { held: () => held });
}
