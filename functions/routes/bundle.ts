import { acceptsGzip } from '../http/accept.ts';
import { readDeltaForm } from '../http/delta-form.ts';
import type { HttpFunction } from '../http/exchange.ts';
import { createMemo } from '../http/memo.ts';
import type { Poll } from '../http/poll.ts';
import type { Choose, Represent, Representation } from '../http/replies.ts';

const HEADERS = { 'Content-Type': 'application/json; charset=utf-8' };
const CODED = { ...HEADERS, 'Content-Encoding': 'gzip' };

const plain: Represent = ({ json }) => ({ headers: HEADERS, body: json });

const gzipped: Represent = (publication) => {
  const coded = (body: Uint8Array): Representation => ({ headers: CODED, body });
  const bytes = publication.gzip();
  return bytes instanceof Promise ? bytes.then(coded) : coded(bytes);
};

/** Of `Accept-Encoding`, `A-IM` and `If-None-Match`. */
type Texts = [accepted: string, taken: string, match: string];

function readChoice(accepted: string, taken: string, match: string): Choose {
  const whole = acceptsGzip(accepted) ? gzipped : plain;
  const delta = readDeltaForm(taken, match);
  return (publication) => delta?.(publication) ?? whole;
}

/** `GET /bundle`: every file that a HAProxy needs, as JSON, or what of them is new; what reloaders poll. */
export function createBundle(poll: Poll): HttpFunction {
  // No header has a line break.
  const choiceOf = createMemo((texts) => readChoice(...(texts.split('\n') as Texts)));
  return (facts, later) => {
    const {
      'accept-encoding': accepted = '',
      'a-im': taken = '',
      'if-none-match': known = '',
    } = facts.headers;
    // Without deltas, what a client has does not matter here: all share one choice.
    const match = taken === '' ? '' : known;
    return poll(facts, choiceOf(`${accepted}\n${taken}\n${match}`), later);
  };
}
