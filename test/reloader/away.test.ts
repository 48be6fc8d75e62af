import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { bundleFile, makeBundle } from '../../functions/wire/bundle.ts';
import { startBackend } from '../kit/backend.ts';
import { proxying } from '../kit/configuration.ts';
import { folder } from '../kit/folder.ts';
import { freePort } from '../kit/port.ts';
import { startReloader } from '../kit/reloader.ts';
import { bundleOf, startRenderer } from '../kit/renderer.ts';
import { get } from '../kit/request.ts';
import { until } from '../kit/until.ts';

test('without renderer and release it waits, not ready; with a release it starts from that', async (t) => {
  const backend = await startBackend(t, 'a');
  const port = await freePort();
  const renderer = await startRenderer(t);
  const bundle = bundleOf(proxying(port, backend.port));
  await renderer.leave();
  const stateDir = await folder();
  const reloader = await startReloader(t, { stateDir, renderer: renderer.url });
  await until('it has tried', async () => (await reloader.status()).counts.pollFailures > 0);
  assert.equal((await reloader.get('/readyz')).status, 503);
  assert.equal((await reloader.get('/healthz')).status, 200);
  await renderer.come();
  renderer.serve(bundle);
  await reloader.isLive(bundle.etag);
  await renderer.leave();
  assert.equal(await reloader.end(), 0);

  const again = await startReloader(t, { stateDir, renderer: renderer.url });
  const status = await again.isLive(bundle.etag);
  assert.equal(status.renderer.reachable, false);
  assert.equal((await get(port)).text, 'a');
});

test('the position of every answer is echoed in the next poll, by a successor too', async (t) => {
  const backend = await startBackend(t, 'a');
  const renderer = await startRenderer(t);
  const files = [bundleFile('haproxy.cfg', proxying(await freePort(), backend.port))];
  const bundle = makeBundle(files, { 'pods/shop': { lo: '7', hi: '9' } });
  renderer.serve(bundle);
  const stateDir = await folder();
  const reloader = await startReloader(t, { stateDir, renderer: renderer.url });
  await reloader.isLive(bundle.etag);
  const echoed = (from: number) =>
    until('the position is echoed', () =>
      renderer.seen.slice(from).find((r) => r.headers['x-config-as-of'] === 'pods/shop:7-9'),
    );
  const request = await echoed(0);
  assert.equal(request.headers['if-none-match'], `"${bundle.etag}"`);
  assert.equal(request.headers.prefer, 'wait=50');
  const url = new URL(request.url ?? '', renderer.url);
  assert.equal(url.searchParams.get('ssldir'), `${stateDir}/current/ssl`);
  assert.equal(url.searchParams.get('filesdir'), `${stateDir}/current/files`);
  await reloader.end();
  const from = renderer.seen.length;
  const next = await startReloader(t, { stateDir, renderer: renderer.url });
  await next.isLive(bundle.etag);
  await echoed(from);
});

test('SIGHUP reconciles: what was refused is tried again, what was damaged on disk is mended', async (t) => {
  const backend = await startBackend(t, 'a');
  const port = await freePort();
  const renderer = await startRenderer(t);
  const stateDir = await folder();
  const errorfile = join(stateDir, 'late.http');
  const good = bundleOf(proxying(port, backend.port), { 'files/a': 'a\n' });
  const bad = bundleOf(proxying(port, backend.port, `  errorfile 503 ${errorfile}\n`));
  renderer.serve(good);
  const reloader = await startReloader(t, { stateDir, renderer: renderer.url });
  await reloader.isLive(good.etag);
  const file = join(stateDir, 'current', 'files', 'a');
  await writeFile(file, 'spoilt');
  reloader.process.kill('SIGHUP');
  await until('the file is mended', async () => (await readFile(file, 'utf8')) === 'a\n');

  renderer.serve(bad);
  await reloader.isRefused(bad.etag);
  await writeFile(errorfile, 'HTTP/1.0 503 Sorry\r\n\r\n');
  reloader.process.kill('SIGHUP');
  const status = await reloader.isLive(bad.etag);
  assert.deepEqual(status.refused, []);
});
