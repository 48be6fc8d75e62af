import { acceptsGzip } from './http/accept.ts';
import type { HttpFunction } from './http/exchange.ts';
import type { Poll, Represent } from './http/poll.ts';

const HEADERS = { 'Content-Type': 'application/json; charset=utf-8' };

const represent: Represent = async (publication, { headers }) =>
  acceptsGzip(headers['accept-encoding'])
    ? { headers: { ...HEADERS, 'Content-Encoding': 'gzip' }, body: await publication.gzip() }
    : { headers: HEADERS, body: publication.json };

/** `GET /bundle`: every file that a HAProxy needs, as JSON; what reloaders poll. */
export function createBundle(poll: Poll): HttpFunction {
  return (facts) => poll(facts, represent);
}
