import type { IncomingMessage, ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import { type Answer, failure } from './status.ts';

const GZIP_FROM = 128 * 1024;
/** The largest body that is taken, in bytes. */
const MOST_SENT = 3 * 1024 * 1024;

/** Gives the body of a request, or why it is refused. */
export async function readBody(
  incoming: IncomingMessage,
): Promise<{ readonly text: string } | { readonly refusal: Answer }> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk);
  const bytes = Buffer.concat(chunks);
  if (bytes.length <= MOST_SENT) return { text: bytes.toString() };
  const message = `Request entity too large: limit is ${MOST_SENT}`;
  return { refusal: failure(413, 'RequestEntityTooLarge', message) };
}

export function reply(
  incoming: IncomingMessage,
  response: ServerResponse,
  { status, headers, body }: Answer,
): void {
  const text = Buffer.from(JSON.stringify(body));
  const isZipped =
    text.length >= GZIP_FROM && /\bgzip\b/.test(String(incoming.headers['accept-encoding']));
  response.writeHead(status, {
    'content-type': 'application/json',
    ...(isZipped ? { 'content-encoding': 'gzip' } : {}),
    ...headers,
  });
  response.end(isZipped ? gzipSync(text, { level: 1 }) : text);
}
