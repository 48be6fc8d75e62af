import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { acceptsGzip } from '../http/accept.ts';
import type { Reply } from '../http/exchange.ts';

const gzipped = promisify(gzip);

/** Nothing from elsewhere, nothing that stands in the page itself, and nobody may frame it. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  'img-src data:',
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

const HEADERS = {
  'Content-Type': 'text/html; charset=utf-8',
  'Content-Security-Policy': POLICY,
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Referrer-Policy': 'no-referrer',
  Vary: 'Accept, Accept-Encoding',
} as const;

/** How long ago things were changes all the time, and says nothing new. */
const PASSING = /(<time [^>]*>)[^<]*| data-now="\d+"/g;

/** The same for pages that differ in nothing but the time that has passed. */
export function pageEtag(text: string): string {
  const lasting = text.replace(PASSING, '$1');
  return `W/"${createHash('sha256').update(lasting).digest('base64url').slice(0, 22)}"`;
}

export interface PageReply {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A page as an answer. What it shows is for its reader alone. */
export const pageReply = (text: string, { status = 200, headers = {} }: PageReply = {}): Reply => ({
  status,
  headers: { ...HEADERS, 'Cache-Control': 'no-store', ...headers },
  body: text,
});

/** The same, gzipped for whoever takes that. */
export async function codedReply(reply: Reply, acceptEncoding: string | undefined): Promise<Reply> {
  if (!acceptsGzip(acceptEncoding)) return reply;
  const body = await gzipped(Buffer.from(reply.body ?? ''));
  return { ...reply, headers: { ...reply.headers, 'Content-Encoding': 'gzip' }, body };
}
