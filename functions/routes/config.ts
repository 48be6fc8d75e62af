import type { HttpFunction } from '../http/exchange.ts';
import type { Poll } from '../http/poll.ts';
import type { Represent } from '../http/replies.ts';

const HEADERS = { 'Content-Type': 'text/plain; charset=utf-8' };

const represent: Represent = ({ config }) => ({ headers: HEADERS, body: Buffer.from(config) });

/** `GET /haproxy.cfg`: the configuration alone; what `curl` is for. */
export function createConfig(poll: Poll): HttpFunction {
  return (facts, later) => poll(facts, () => represent, later);
}
