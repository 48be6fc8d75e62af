import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatBundle, makeBundle } from '../../functions/wire/bundle.ts';
import { startBackend } from '../kit/backend.ts';
import { proxying } from '../kit/configuration.ts';
import { folder } from '../kit/folder.ts';
import { freePort } from '../kit/port.ts';
import { startReloader } from '../kit/reloader.ts';
import { bundleOf, type Misbehaviour, startRenderer } from '../kit/renderer.ts';
import { get } from '../kit/request.ts';
import { until } from '../kit/until.ts';

const good = bundleOf('frontend f\n', { 'files/x': 'x' });
const send =
  (body: string): Misbehaviour =>
  (_request, response) =>
    void response.writeHead(200).end(body);
const changed = (from: string, to: string) => send(formatBundle(good).replace(from, to));
const withPath = (path: string) =>
  send(formatBundle({ ...good, files: good.files.map((file) => ({ ...file, path })) }));

const CASES: [string, Misbehaviour, RegExp][] = [
  [
    'cut short, the connection closed',
    (_request, response) => {
      response.writeHead(200, { 'content-length': 5000 }).write('{"schema":1,');
      setTimeout(() => response.destroy(), 20);
    },
    /UND_ERR_SOCKET/,
  ],
  ['cut short, in good order', send(formatBundle(good).slice(0, -20)), /bundle-syntax/],
  ['with a file that does not have its hash', changed('frontend f', 'frontend g'), /bundle-hash/],
  ['with another etag', changed(good.etag, `sha256:${'0'.repeat(64)}`), /bundle-hash/],
  ['with a path that climbs out', withPath('../haproxy.cfg'), /bundle-path/],
  ['with an absolute path', withPath('/etc/passwd'), /bundle-path/],
  ['with a line break in a name', withPath('files/a\nb'), /bundle-path/],
  ['of another schema', changed('"schema":1', '"schema":2'), /bundle-schema/],
  ['without a configuration', send(formatBundle(makeBundle([], {}))), /bundle-schema/],
  ['that is HTML', send('<html>'), /bundle-syntax/],
  [
    'that is an error',
    (_request, response) => void response.writeHead(500).end('{"detail":"out of order"}'),
    /poll-status: .*500 out of order/,
  ],
  [
    'that never comes, the connection cut',
    (request) => void request.socket.destroy(),
    /UND_ERR_SOCKET|ECONNRESET/,
  ],
];

test('no answer but a whole and true bundle is taken', async (t) => {
  const backend = await startBackend(t, 'a');
  const port = await freePort();
  const renderer = await startRenderer(t);
  const first = bundleOf(proxying(port, backend.port));
  renderer.serve(first);
  const reloader = await startReloader(t, { stateDir: await folder(), renderer: renderer.url });
  await reloader.isLive(first.etag);

  for (const [name, misbehaviour, expected] of CASES)
    await t.test(`an answer ${name}`, async () => {
      renderer.misbehave(misbehaviour);
      const status = await until(`the reloader tells of an answer ${name}`, async () => {
        const now = await reloader.status();
        return expected.test(now.renderer.lastError ?? '') ? now : undefined;
      });
      assert.equal(status.renderer.reachable, false);
      assert.equal(status.live, first.etag);
      assert.equal(status.ready, true);
      assert.equal((await get(port)).text, 'a');
      renderer.serve(first);
      await until('it recovers', async () => (await reloader.status()).renderer.reachable);
    });

  const second = bundleOf(proxying(port, backend.port, '  option httplog\n'));
  renderer.serve(second);
  await reloader.isLive(second.etag);
});
