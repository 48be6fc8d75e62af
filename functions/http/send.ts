import type { ServerResponse } from 'node:http';
import type { Reply } from './exchange.ts';

export interface SendOptions {
  /** Whether the connection is to end with this answer. */
  readonly isLast: boolean;
  /** Milliseconds after which a client that takes no byte of its answer is cut off. */
  readonly stallMs: number;
  /** Leaves the response to be ended later where its client has the whole answer before. */
  readonly isEndedLater?: boolean;
}

interface Sendable {
  /** Names and values in turn. */
  readonly head: string[];
  readonly bytes: Uint8Array | undefined;
}

/** A reply that is given to thousands is made ready once. */
const ready = new WeakMap<Reply, Sendable>();

function makeReady(reply: Reply): Sendable {
  const known = ready.get(reply);
  if (known) return known;
  const { headers, body } = reply;
  const bytes = typeof body === 'string' ? Buffer.from(body) : body;
  const head = [...Object.entries(headers).flat(), 'X-Content-Type-Options', 'nosniff'];
  if (bytes) head.push('Content-Length', String(bytes.byteLength));
  const made = { head, bytes };
  ready.set(reply, made);
  return made;
}

/** Head and body in one write. */
function writeWhole(response: ServerResponse, bytes: Uint8Array): void {
  response.cork();
  response.write(bytes);
  response.uncork();
}

/** Writes an answer, and cuts off whoever does not take it. */
export function send(response: ServerResponse, reply: Reply, options: SendOptions): void {
  if (response.destroyed || response.headersSent) return;
  const { head, bytes } = makeReady(reply);
  const mustSayLast = options.isLast && reply.headers.Connection === undefined;
  response.writeHead(reply.status, mustSayLast ? [...head, 'Connection', 'close'] : head);
  // The length is in the head: there is nothing that a client waits for.
  if (options.isEndedLater && bytes && !mustSayLast) writeWhole(response, bytes);
  else response.end(bytes);
  // What the system has taken already needs no watch: most answers are of a few kilobytes.
  if (response.socket?.writableLength !== 0)
    response.setTimeout(options.stallMs, () => response.destroy());
}
