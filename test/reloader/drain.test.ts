import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { createMaster } from '../../reloader/haproxy/master.ts';
import { findProcesses } from '../../reloader/haproxy/own-processes.ts';
import { startBackend } from '../kit/backend.ts';
import { proxying } from '../kit/configuration.ts';
import { folder } from '../kit/folder.ts';
import { freePort } from '../kit/port.ts';
import { startReloader } from '../kit/reloader.ts';
import { bundleOf, startRenderer } from '../kit/renderer.ts';
import { get } from '../kit/request.ts';
import { until } from '../kit/until.ts';

async function draining(t: Parameters<typeof startBackend>[0], ms: number) {
  const backend = await startBackend(t, 'slow answer');
  const port = await freePort();
  const renderer = await startRenderer(t);
  const bundle = bundleOf(proxying(port, backend.port));
  renderer.serve(bundle);
  const flags = ['--drain=20'];
  const stateDir = await folder();
  const reloader = await startReloader(t, { stateDir, renderer: renderer.url, flags });
  await reloader.isLive(bundle.etag);
  const reached = new Promise((done) => backend.server.once('request', done));
  const slow = get(port, `/slow?${ms}`);
  slow.catch(() => undefined);
  await reached;
  reloader.process.kill('SIGTERM');
  await until('it drains', () => /"message":"draining"/.test(reloader.log()));
  return { reloader, port, slow };
}

test('SIGTERM lets a request in flight finish, takes no new one, and is not ready', async (t) => {
  const { reloader, port, slow } = await draining(t, 1500);
  await until('the listener is closed', () =>
    get(port).then(
      () => false,
      () => true,
    ),
  );
  assert.equal((await reloader.get('/readyz')).status, 503);
  const { status, text } = await slow;
  assert.deepEqual([status, text], [200, 'slow answer']);
  assert.deepEqual(await reloader.ended, [0, null]);
  assert.deepEqual(await findProcesses(reloader.socket), []);
});

test('a second SIGTERM ends it at once', async (t) => {
  const { reloader, slow } = await draining(t, 15_000);
  const start = performance.now();
  reloader.process.kill('SIGTERM');
  assert.deepEqual(await reloader.ended, [0, null]);
  assert.ok(performance.now() - start < 8_000);
  await assert.rejects(slow);
});

test('a reload that waits for a master, and a wait for a proof, end when there is no more time', async () => {
  const hurry = new AbortController();
  const master = createMaster(join(await folder(), 'nobody.sock'), { hurry: hurry.signal });
  const hash = `sha256:${'0'.repeat(64)}`;
  const waits = [
    master.reload(hash, { deadlineMs: 60_000 }),
    master.proof(hash, { deadlineMs: 60_000 }),
  ];
  const ends = waits.map((wait) => assert.rejects(wait, { name: 'AbortError' }));
  hurry.abort();
  await Promise.all(ends);
});
