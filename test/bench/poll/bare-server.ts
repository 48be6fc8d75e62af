import { readFileSync } from 'node:fs';
import { createServer, type RequestListener, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';

/**
 * The least that a Node server can do which holds requests and answers all of them at a change: what the service is
 * measured against. The bundle comes by message; who has its hash is held.
 */
export interface Bundle {
  readonly etag: string;
  /** Gzipped, as base64. */
  readonly body: string;
}

const [, , cert, key] = process.argv;
const REVISION = `sha256:${'0'.repeat(64)}`;
/** What the service says with each bundle, and is the same for all. */
const SAME = {
  'X-Config-As-Of': '',
  'X-Config-Revision': REVISION,
  'Cache-Control': 'private, no-cache',
  Vary: 'A-IM, Accept-Encoding, Prefer',
  'Preference-Applied': 'wait=300',
  'Content-Type': 'application/json; charset=utf-8',
  'Content-Encoding': 'gzip',
  'X-Content-Type-Options': 'nosniff',
};
const held = new Set<ServerResponse>();
let etag = '';
let body = Buffer.alloc(0);

function answer(response: ServerResponse): void {
  response.writeHead(200, {
    ...SAME,
    ETag: etag,
    'Content-Length': body.byteLength,
  });
  response.end(body);
}

const listener: RequestListener = (request, response) => {
  if (request.url === '/held') response.end(String(held.size));
  else if (request.url === '/healthz' || request.url === '/status') response.end();
  else if (request.headers['if-none-match'] === etag) {
    held.add(response);
    response.once('close', () => held.delete(response));
  } else answer(response);
};

const isTls = cert !== undefined && key !== undefined;
const server = isTls
  ? createTlsServer({ cert: readFileSync(cert), key: readFileSync(key) }, listener)
  : createServer(listener);
server.keepAliveTimeout = 75_000;
server.requestTimeout = 0;
server.listen({ host: '127.0.0.1', port: 0, backlog: 16_384 }, () => {
  const { port } = server.address() as AddressInfo;
  process.stdout.write(`listens on ${isTls ? 'https' : 'http'}://127.0.0.1:${port}\n`);
});

process.on('message', (bundle: Bundle) => {
  etag = bundle.etag;
  body = Buffer.from(bundle.body, 'base64');
  const all = [...held];
  held.clear();
  for (const response of all) answer(response);
});
process.on('disconnect', () => process.exit());
