import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TLSSocket } from 'node:tls';
import { gzipSync } from 'node:zlib';
import { formatBundle } from '../../functions/wire/bundle.ts';
import { createPoller } from '../../reloader/poll.ts';
import { makeCertificate } from '../kit/certificate.ts';
import { folder } from '../kit/folder.ts';
import { bundleOf } from '../kit/renderer.ts';

test('the renderer is known by its authority, the reloader by its certificate and its newest token', async (t) => {
  const dir = await folder();
  const authority = await makeCertificate({ names: ['authority'], isAuthority: true });
  const { issuer } = authority;
  const server = await makeCertificate({ names: ['127.0.0.1'], issuer });
  const client = await makeCertificate({ names: ['proxy-1'], issuer });
  const bundle = bundleOf('a\n');
  const seen: string[] = [];
  const renderer = createServer(
    {
      cert: server.certificatePem,
      key: server.keyPem,
      ca: authority.certificatePem,
      requestCert: true,
    },
    (request, response) => {
      const { CN } = (request.socket as TLSSocket).getPeerCertificate().subject;
      seen.push(`${CN} ${request.headers.authorization}`);
      response.writeHead(200, { 'content-encoding': 'gzip' });
      response.end(gzipSync(formatBundle(bundle)));
    },
  );
  await new Promise<void>((done) => void renderer.listen(0, '127.0.0.1', done));
  t.after(() => renderer.close());
  const file = async (name: string, content: string) => {
    await writeFile(join(dir, name), content);
    return join(dir, name);
  };
  const url = new URL(`https://127.0.0.1:${(renderer.address() as AddressInfo).port}`);
  const certFile = await file('cert', client.certificatePem);
  const keyFile = await file('key', client.keyPem);
  const caFile = await file('ca', server.certificatePem);
  const tokenFile = await file('token', 'one\n');
  const poller = createPoller({ renderer: url, query: {}, certFile, keyFile, caFile, tokenFile });
  t.after(() => poller.close());
  const signal = new AbortController().signal;
  const poll = () => poller.poll({ asOf: {}, waitMs: 0, report: {}, signal });
  await assert.rejects(poll(), /self-signed|unable to/);

  await file('ca', authority.certificatePem);
  const polled = await poll();
  assert.equal(polled.kind === 'bundle' && polled.bundle.etag, bundle.etag);
  await file('token', 'two\n');
  await poll();
  assert.deepEqual(seen, ['proxy-1 Bearer one', 'proxy-1 Bearer two']);
});
