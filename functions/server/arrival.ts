import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';

export interface ArrivalOptions {
  /** Within which all of a request must have arrived, in milliseconds. */
  readonly withinMs: number;
  /** Answers one that has not. */
  readonly refuse: (error: Error, socket: Duplex) => void;
}

const TIMEOUT = { code: 'ERR_HTTP_REQUEST_TIMEOUT' };

const hasBody = ({ headers }: IncomingMessage): boolean =>
  headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;

const nothing = () => undefined;

/**
 * Cuts off a request whose body drips in. Node's own limit (`server.requestTimeout`) would cut off one whose body is meant to
 * last, too.
 *
 * @returns lifts the limit
 */
export function limitArrival(
  request: IncomingMessage,
  response: ServerResponse,
  { withinMs, refuse }: ArrivalOptions,
): () => void {
  if (!hasBody(request)) return nothing;
  const { socket } = request;
  const timer = setTimeout(() => {
    if (request.complete || socket.destroyed) return;
    if (response.headersSent) socket.destroy();
    else refuse(Object.assign(new Error('Request timeout'), TIMEOUT), socket);
  }, withinMs).unref();
  const lift = () => clearTimeout(timer);
  request.once('close', lift);
  return lift;
}
