import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startLoad } from '../kit/load.ts';
import { running } from '../kit/running.ts';

test('five reloads lose no request, neither with keep-alive nor without', async (t) => {
  const { renderer, reloader, version, port } = await running(t);
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
