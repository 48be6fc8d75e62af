import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { startBackend } from '../kit/backend.ts';
import { proxying } from '../kit/configuration.ts';
import { folder } from '../kit/folder.ts';
import { killHaproxy, startHaproxy } from '../kit/haproxy.ts';
import { freePort } from '../kit/port.ts';
import { startReloader } from '../kit/reloader.ts';
import { bundleOf, startRenderer } from '../kit/renderer.ts';
import { get } from '../kit/request.ts';
import { until } from '../kit/until.ts';

test('a neighbour HAProxy is kept over its master socket, and may start late or anew', async (t) => {
  const backend = await startBackend(t, 'a');
  const port = await freePort();
  const renderer = await startRenderer(t);
  const [stateDir, beside] = [await folder(), await folder()];
  const socket = join(beside, 'master.sock');
  const version = (n: number) =>
    bundleOf(proxying(port, backend.port, `  http-request set-header x-version ${n}`));
  renderer.serve(version(1));
  const flags = [`--master-socket=${socket}`];
  const reloader = await startReloader(t, { stateDir, renderer: renderer.url, flags });
  await until('a first release is in place', async () => (await reloader.status()).lastGood);
  assert.equal((await reloader.status()).ready, false);

  const start = () => startHaproxy(t, { config: join(stateDir, 'current', 'haproxy.cfg'), socket });
  const { master } = await start();
  await reloader.isLive(version(1).etag);
  const before = await master.processes();
  renderer.serve(version(2));
  await reloader.isLive(version(2).etag);
  assert.equal((await master.processes())?.master, before?.master);
  assert.equal((await get(port)).text, 'a');

  await killHaproxy(socket);
  await until('it is not ready', async () => !(await reloader.status()).ready);
  renderer.serve(version(3));
  const status = await reloader.isRefused(version(3).etag);
  assert.equal(status.refused[0]?.code, 'haproxy-away');
  await start();
  await reloader.isLive(version(3).etag);
  assert.equal(await reloader.end(), 0);
  assert.equal((await get(port)).text, 'a');
});
