import type { HttpFunction } from './http/exchange.ts';
import type { Poll, Represent } from './http/poll.ts';

const represent: Represent = ({ config }) => ({
  headers: { 'Content-Type': 'text/plain; charset=utf-8' },
  body: config,
});

/** `GET /haproxy.cfg`: the configuration alone; what `curl` is for. */
export function createConfig(poll: Poll): HttpFunction {
  return (facts) => poll(facts, represent);
}
