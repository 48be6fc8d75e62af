import type { Answer, Publication } from '../publication.ts';
import { formatAsOf } from '../wire/as-of.ts';
import type { Reply } from './exchange.ts';
import { FAILURE_HEADER, formatFailure } from './failure.ts';

/** One kind of what is published: its type and bytes, and its coding where it is coded. */
export interface Representation {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
}
export type Represent = (publication: Publication) => Representation | Promise<Representation>;

type Current = Answer & { kind: 'bundle' | 'same' };
type Made = Reply | Promise<Reply>;

/** What a client asked for: in which form, and which wait holds for it. */
export interface Wish {
  readonly represent: Represent;
  readonly waitS: number | undefined;
}

// The bundle has private keys: no shared cache may keep it.
const CACHING = { 'Cache-Control': 'private, no-cache', Vary: 'Accept-Encoding, Prefer' };

function validators(answer: Current): Record<string, string> {
  const etag = answer.kind === 'same' ? answer.etag : answer.publication.etag;
  return {
    ETag: `"${etag}"`,
    'X-Config-As-Of': formatAsOf(answer.asOf),
    'X-Config-Revision': answer.revision,
    ...(answer.insteadOf !== undefined && { 'X-Config-Instead-Of': answer.insteadOf }),
    ...CACHING,
    ...(answer.failure && { [FAILURE_HEADER]: formatFailure(answer.failure) }),
  };
}

function make(answer: Current, { represent, waitS }: Wish): Made {
  const headers = {
    ...validators(answer),
    ...(waitS !== undefined && { 'Preference-Applied': `wait=${waitS}` }),
  };
  if (answer.kind === 'same') return { status: 304, headers };
  const reply = ({ body, ...representation }: Representation): Reply => ({
    status: 200,
    headers: { ...headers, ...representation.headers },
    body,
  });
  const represented = represent(answer.publication);
  return represented instanceof Promise ? represented.then(reply) : reply(represented);
}

/** Waits that are not the fleet's, but whatever somebody makes up, are not remembered beyond so many. */
const MOST_WAITS = 16;

/** Replies that are made once, however many are given them: an answer is shared by all who waited for it. */
export function createReplies(): (answer: Current, wish: Wish) => Made {
  const known = new WeakMap<Current, Map<Represent, Map<number | undefined, Made>>>();

  function waitsOf(answer: Current, wish: Wish): Map<number | undefined, Made> {
    const forms = known.get(answer) ?? new Map<Represent, Map<number | undefined, Made>>();
    known.set(answer, forms);
    const waits = forms.get(wish.represent) ?? new Map<number | undefined, Made>();
    forms.set(wish.represent, waits);
    return waits;
  }

  return (answer, wish) => {
    const waits = waitsOf(answer, wish);
    const found = waits.get(wish.waitS);
    if (found !== undefined) return found;
    const reply = make(answer, wish);
    const keep = (made: Made) => {
      if (waits.size < MOST_WAITS) waits.set(wish.waitS, made);
    };
    if (reply instanceof Promise) reply.then(keep, () => undefined);
    else keep(reply);
    return reply;
  };
}
