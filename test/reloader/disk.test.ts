import assert from 'node:assert/strict';
import { mkdir, readdir, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { startBackend } from '../kit/backend.ts';
import { proxying } from '../kit/configuration.ts';
import { freePort } from '../kit/port.ts';
import { startReloader } from '../kit/reloader.ts';
import { running } from '../kit/running.ts';
import { until } from '../kit/until.ts';
import { bundleOf, startRenderer } from '../kit/renderer.ts';
import { get } from '../kit/request.ts';
import { smallDisk } from '../kit/small-disk.ts';

test('a full disk: the last good release stays, nothing half-written is left, and it recovers', async (t) => {
  const backend = await startBackend(t, 'a');
  const port = await freePort();
  const renderer = await startRenderer(t);
  const disk = await smallDisk(t, 256 * 1024);
  const good = bundleOf(proxying(port, backend.port));
  renderer.serve(good);
  const reloader = await startReloader(t, {
    stateDir: disk.path,
    renderer: renderer.url,
    through: disk.through,
  });
  await reloader.isLive(good.etag);
  const big = bundleOf(proxying(port, backend.port), { 'files/big': 'x'.repeat(512 * 1024) });
  renderer.serve(big);
  const status = await reloader.isRefused(big.etag);
  assert.equal(status.refused[0]?.code, 'disk');
  assert.match(status.refused[0]?.reason ?? '', /ENOSPC|EFBIG/);
  assert.equal(status.live, good.etag);
  assert.equal(status.ready, true);
  assert.equal((await get(port)).text, 'a');
  assert.deepEqual(await readdir(join(disk.path, 'releases')), [good.etag.slice(7)]);
  const next = bundleOf(proxying(port, backend.port, '  option httplog\n'));
  renderer.serve(next);
  await reloader.isLive(next.etag);
});

test('a start that cannot write to the disk ends the process, and the next one goes on', async (t) => {
  const { reloader, start, stateDir, good } = await running(t);
  await reloader.end();
  const inTheWay = join(stateDir, 'current.tmp');
  await mkdir(inTheWay);
  const failing = await start();
  await until('it has ended', () => failing.process.exitCode !== null);
  assert.deepEqual(await failing.ended, [1, null]);
  assert.match(failing.log(), /"reloader failed".*current\.tmp/);
  await rmdir(inTheWay);
  await (await start()).isLive(good.etag);
});
