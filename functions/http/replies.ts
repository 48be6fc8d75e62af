import type { Answer, Publication } from '../publish/publication.ts';
import { formatAsOf } from '../wire/as-of.ts';
import { WINDOW_HEADER } from '../wire/evidence.ts';
import type { Reply } from './exchange.ts';
import { FAILURE_HEADER, formatFailure } from './failure.ts';

/** One kind of what is published: its type and bytes, and its coding where it is coded. */
export interface Representation {
  /** 200 if there is none. */
  readonly status?: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
}
export type Represent = (publication: Publication) => Representation | Promise<Representation>;
/** In which form a client gets what there is, once that is there. */
export type Choose = (publication: Publication) => Represent;

type Current = Answer & { kind: 'bundle' | 'same' };
type Made = Reply | Promise<Reply>;

/** What a client asked for: in which form, and which wait holds for it. */
export interface Wish {
  readonly choose: Choose;
  readonly waitS: number | undefined;
  /** Over how many seconds the client is to count, where it is to tell. */
  readonly windowS?: number | undefined;
}

// The bundle has private keys: no shared cache may keep it.
const CACHING = { 'Cache-Control': 'private, no-cache', Vary: 'A-IM, Accept-Encoding, Prefer' };

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

function make(answer: Current, { represent, waitS, windowS }: Form): Made {
  const headers = {
    ...validators(answer),
    ...(waitS !== undefined && { 'Preference-Applied': `wait=${waitS}` }),
    ...(windowS !== undefined && { [WINDOW_HEADER]: String(windowS) }),
  };
  if (answer.kind === 'same' || represent === undefined) return { status: 304, headers };
  const reply = ({ status = 200, body, ...representation }: Representation): Reply => ({
    status,
    headers: { ...headers, ...representation.headers },
    body,
  });
  const represented = represent(answer.publication);
  return represented instanceof Promise ? represented.then(reply) : reply(represented);
}

interface Form {
  /** Undefined where nothing is sent. */
  readonly represent: Represent | undefined;
  readonly waitS: number | undefined;
  readonly windowS: number | undefined;
}

/** A wait, and a window where there is one. */
type Key = number | string | undefined;

const keyOf = ({ waitS, windowS }: Form): Key =>
  windowS === undefined ? waitS : `${waitS} ${windowS}`;

/** Waits that are not the fleet's, but whatever somebody makes up, are not remembered beyond so many. */
const MOST_WAITS = 16;

/** Replies that are made once, however many are given them: an answer is shared by all who waited for it. */
export function createReplies(): (answer: Current, wish: Wish) => Made {
  const known = new WeakMap<Current, Map<Form['represent'], Map<Key, Made>>>();

  function waitsOf(answer: Current, form: Form): Map<Key, Made> {
    const forms = known.get(answer) ?? new Map<Form['represent'], Map<Key, Made>>();
    known.set(answer, forms);
    const waits = forms.get(form.represent) ?? new Map<Key, Made>();
    forms.set(form.represent, waits);
    return waits;
  }

  return (answer, { choose, waitS, windowS }) => {
    const represent = answer.kind === 'bundle' ? choose(answer.publication) : undefined;
    const form = { represent, waitS, windowS };
    const waits = waitsOf(answer, form);
    const key = keyOf(form);
    const found = waits.get(key);
    if (found !== undefined) return found;
    const reply = make(answer, form);
    const keep = (made: Made) => {
      if (waits.size < MOST_WAITS) waits.set(key, made);
    };
    if (reply instanceof Promise) reply.then(keep, () => undefined);
    else keep(reply);
    return reply;
  };
}
