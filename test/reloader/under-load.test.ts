import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startBackend } from '../kit/backend.ts';
import { proxying } from '../kit/configuration.ts';
import { folder } from '../kit/folder.ts';
import { startLoad } from '../kit/load.ts';
import { freePort } from '../kit/port.ts';
import { startReloader } from '../kit/reloader.ts';
import { bundleOf, startRenderer } from '../kit/renderer.ts';

test('five reloads lose no request, neither with keep-alive nor without', async (t) => {
  const backend = await startBackend(t, 'a');
  const port = await freePort();
  const renderer = await startRenderer(t);
  const version = (n: number) =>
    bundleOf(proxying(port, backend.port, `  http-request set-header x-version ${n}`));
  renderer.serve(version(0));
  const reloader = await startReloader(t, { stateDir: await folder(), renderer: renderer.url });
  await reloader.isLive(version(0).etag);
  const loads = [true, false].map((keepAlive) => startLoad(t, { port, keepAlive, connections: 2 }));
  for (let n = 1; n <= 5; n += 1) {
    renderer.serve(version(n));
    await reloader.isLive(version(n).etag);
  }
  await Promise.all(loads.map((load) => load.stop()));
  for (const load of loads) {
    assert.deepEqual(load.failures, []);
    assert.ok(load.answered() > 0);
  }
  assert.equal((await reloader.status()).counts.reloads, 5);
});
