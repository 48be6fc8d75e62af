import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { startBackend } from '../kit/backend.ts';
import { balancing } from '../kit/configuration.ts';
import { folder } from '../kit/folder.ts';
import { freePort } from '../kit/port.ts';
import { startReloader } from '../kit/reloader.ts';
import { bundleOf, startRenderer } from '../kit/renderer.ts';
import { get } from '../kit/request.ts';
import { until } from '../kit/until.ts';

test('servers that come and go cost no reload, and the disk is what runs', async (t) => {
  const [a, b] = [await startBackend(t, 'a'), await startBackend(t, 'b')];
  const port = await freePort();
  const renderer = await startRenderer(t);
  const stateDir = await folder();
  const first = bundleOf(balancing(port, [`a 127.0.0.1:${a.port}`]));
  renderer.serve(first);
  const reloader = await startReloader(t, { stateDir, renderer: renderer.url });
  await reloader.isLive(first.etag);
  assert.equal((await get(port)).text, 'a');

  const second = bundleOf(balancing(port, [`b 127.0.0.1:${b.port}`]));
  renderer.serve(second);
  const status = await reloader.isLive(second.etag);
  assert.equal((await get(port)).text, 'b');
  assert.equal(status.counts.reloads, 0, reloader.log());
  assert.equal(status.counts.runtimeApplies, 1);
  assert.deepEqual(status.counts.operations, {
    'add-server': 1,
    'disable-server': 1,
    'delete-server': 1,
  });
  const text = await readFile(join(stateDir, 'current', 'haproxy.cfg'), 'utf8');
  assert.ok(text.includes(second.etag) && text.includes(`b 127.0.0.1:${b.port}`));
  const metrics = (await reloader.get('/metrics')).text;
  assert.match(metrics, /runtime_operations_total\{kind="add-server"\} 1\n/);
  assert.match(metrics, /runtime_seconds_total\{phase="verify"\} 0\./);
  const told = /"how":"runtime","operations":\{.*"add-server":1.*"phases":\{"stage":.*"verify":/;
  await until('it is told', () => told.test(reloader.log()));
});

test('a reload that must wait lets dead servers go at once, and comes at its time', async (t) => {
  const [a, b] = [await startBackend(t, 'a'), await startBackend(t, 'b')];
  const port = await freePort();
  const renderer = await startRenderer(t);
  const stateDir = await folder();
  const both = [`a 127.0.0.1:${a.port}`, `b 127.0.0.1:${b.port}`];
  const bundles = [
    bundleOf(balancing(port, both)),
    bundleOf(balancing(port, both, 6)),
    bundleOf(balancing(port, both.slice(1), 7)),
  ] as const;
  renderer.serve(bundles[0]);
  const flags = ['--min-reload-interval=4'];
  const reloader = await startReloader(t, { stateDir, renderer: renderer.url, flags });
  await reloader.isLive(bundles[0].etag);
  renderer.serve(bundles[1]);
  await reloader.isLive(bundles[1].etag);

  renderer.serve(bundles[2]);
  await until('the reload waits', () => /"reload delayed".*"retired":1/.test(reloader.log()));
  for (let i = 0; i < 10; i += 1) assert.equal((await get(port)).text, 'b');
  assert.equal((await reloader.status()).live, bundles[1].etag);

  // Both again, before the reload has come: the one that left comes back without a reload.
  renderer.serve(bundles[1]);
  await until('both serve again', async () => (await get(port)).text === 'a');
  renderer.serve(bundles[2]);
  const status = await reloader.isLive(bundles[2].etag);
  assert.equal(status.counts.reloads, 2, reloader.log());
});

test('a reload that waits its random time holds up nothing else', async (t) => {
  const [a, b] = [await startBackend(t, 'a'), await startBackend(t, 'b')];
  const port = await freePort();
  const renderer = await startRenderer(t);
  const stateDir = await folder();
  const [first, second] = [`a 127.0.0.1:${a.port}`, `b 127.0.0.1:${b.port}`];
  const initial = bundleOf(balancing(port, [first, second]));
  renderer.serve(initial);
  const flags = ['--splay=600'];
  const reloader = await startReloader(t, { stateDir, renderer: renderer.url, flags });
  await reloader.isLive(initial.etag);
  renderer.serve(bundleOf(balancing(port, [second], 7)));
  await until('the reload waits', () => /"reload delayed".*"retired":1/.test(reloader.log()));
  for (let i = 0; i < 5; i += 1) assert.equal((await get(port)).text, 'b');
  // Newer than what waits, and possible without a reload.
  const newer = bundleOf(balancing(port, [first]));
  renderer.serve(newer);
  const { counts } = await reloader.isLive(newer.etag);
  assert.equal((await get(port)).text, 'a');
  assert.deepEqual([counts.runtimeApplies, counts.reloads], [1, 0], reloader.log());
});
