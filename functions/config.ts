import type { HttpFunction } from './http/exchange.ts';
import type { Poll, Represent } from './http/poll.ts';
import type { Publication } from './publication.ts';

const HEADERS = { 'Content-Type': 'text/plain; charset=utf-8' };

/** `GET /haproxy.cfg`: the configuration alone; what `curl` is for. */
export function createConfig(poll: Poll): HttpFunction {
  // Made once a bundle, however many wait for it.
  const encoded = new WeakMap<Publication, Uint8Array>();
  const represent: Represent = (publication) => {
    const body = encoded.get(publication) ?? Buffer.from(publication.config);
    encoded.set(publication, body);
    return { headers: HEADERS, body };
  };
  return (facts) => poll(facts, represent);
}
