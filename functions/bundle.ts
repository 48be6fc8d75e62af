import { acceptsGzip } from './http/accept.ts';
import type { HttpFunction } from './http/exchange.ts';
import { createMemo } from './http/memo.ts';
import type { Poll } from './http/poll.ts';
import type { Represent, Representation } from './http/replies.ts';

const HEADERS = { 'Content-Type': 'application/json; charset=utf-8' };
const CODED = { ...HEADERS, 'Content-Encoding': 'gzip' };

const plain: Represent = ({ json }) => ({ headers: HEADERS, body: json });

const gzipped: Represent = (publication) => {
  const coded = (body: Uint8Array): Representation => ({ headers: CODED, body });
  const bytes = publication.gzip();
  return bytes instanceof Promise ? bytes.then(coded) : coded(bytes);
};

/** `GET /bundle`: every file that a HAProxy needs, as JSON; what reloaders poll. */
export function createBundle(poll: Poll): HttpFunction {
  const formOf = createMemo((accepted) => (acceptsGzip(accepted) ? gzipped : plain));
  return (facts, later) => poll(facts, formOf(facts.headers['accept-encoding'] ?? ''), later);
}
