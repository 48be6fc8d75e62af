import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startBackend } from '../kit/backend.ts';
import { proxying } from '../kit/configuration.ts';
import { folder } from '../kit/folder.ts';
import { freePort } from '../kit/port.ts';
import { startReloader } from '../kit/reloader.ts';
import { bundleOf, startRenderer } from '../kit/renderer.ts';
import { get } from '../kit/request.ts';

test('a block list blocks and unblocks clients without a reload, and a bad one changes nothing', async (t) => {
  const backend = await startBackend(t, 'a');
  const port = await freePort();
  const stateDir = await folder();
  const renderer = await startRenderer(t);
  const rule = `  http-request deny if { src -f ${stateDir}/current/files/blocked }`;
  const config = proxying(port, backend.port, rule);
  const listing = (...nets: readonly string[]) =>
    bundleOf(config, { 'files/blocked': ['# blocked', ...nets, ''].join('\n') });
  const initial = listing();
  renderer.serve(initial);
  const reloader = await startReloader(t, { stateDir, renderer: renderer.url });
  await reloader.isLive(initial.etag);
  assert.equal((await get(port)).status, 200);

  for (const [status, ...nets] of [
    [403, '10.0.0.0/8', '127.0.0.1'],
    [200, '10.0.0.0/8'],
    [403, '127.0.0.0/8'],
    [200],
  ] as const) {
    const bundle = listing(...nets);
    renderer.serve(bundle);
    await reloader.isLive(bundle.etag);
    assert.equal((await get(port)).status, status, nets.join());
  }
  const { counts } = await reloader.status();
  assert.deepEqual([counts.reloads, counts.runtimeApplies], [0, 4], reloader.log());
  assert.deepEqual(counts.operations, { 'replace-acl': 4 });

  const bad = listing('127.0.0.0/8', '10.0.0.300');
  renderer.serve(bad);
  const { live, refused } = await reloader.isRefused(bad.etag);
  assert.match(JSON.stringify(refused), /10\.0\.0\.300/);
  assert.notEqual(live, bad.etag);
  assert.equal((await get(port)).status, 200);
});
