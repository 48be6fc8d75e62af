import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { acceptsGzip } from '../http/accept.ts';
import type { HttpFunction } from '../http/exchange.ts';

const TYPES = { css: 'text/css; charset=utf-8', js: 'text/javascript; charset=utf-8' } as const;

/** By the package's own name, since this file is bundled with all that it imports. */
const PACKAGE = import.meta.resolve('kubernetes-haproxy/package.json');

/** A file that pages are made of, the same for everybody: read once, as the service starts. */
export function createAsset(name: `page.${keyof typeof TYPES}`): HttpFunction {
  const bytes = readFileSync(fileURLToPath(new URL(`dist/functions/${name}`, PACKAGE)));
  const zipped = gzipSync(bytes, { level: 9 });
  const ETag = `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 22)}"`;
  const shared = { ETag, 'Cache-Control': 'no-cache', Vary: 'Accept-Encoding' };
  const kind = { 'Content-Type': TYPES[name.slice('page.'.length) as keyof typeof TYPES] };
  const plain = { status: 200, headers: { ...kind, ...shared }, body: bytes };
  const coded = {
    status: 200,
    headers: { ...kind, ...shared, 'Content-Encoding': 'gzip' },
    body: zipped,
  };
  const same = { status: 304, headers: shared };
  return ({ headers }) => {
    if (headers['if-none-match'] === ETag) return same;
    return acceptsGzip(headers['accept-encoding']) ? coded : plain;
  };
}
