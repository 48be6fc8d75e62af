import assert from 'node:assert/strict';
import { readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { createMaster } from '../../reloader/haproxy/master.ts';
import { findProcesses } from '../../reloader/haproxy/own-processes.ts';
import { startLoad } from '../kit/load.ts';
import { get } from '../kit/request.ts';
import { running } from '../kit/running.ts';
import { until } from '../kit/until.ts';

async function killable(t: TestContext) {
  const { good, ...others } = await running(t);
  const { reloader } = others;
  const processes = async () => (await createMaster(reloader.socket).processes()) ?? assert.fail();
  return { ...others, first: good, processes };
}

test('a killed worker or master is replaced, and serves the last good release again', async (t) => {
  const { renderer, reloader, port, version, first, processes } = await killable(t);
  await renderer.leave();
  for (const which of ['worker', 'master'] as const)
    await t.test(which, async () => {
      const before = await processes();
      const pid = which === 'master' ? before.master : (before.workers[0] ?? assert.fail());
      process.kill(pid, 'SIGKILL');
      await until('another HAProxy runs', async () => (await processes()).master !== before.master);
      const status = await reloader.isLive(first.etag);
      assert.ok(status.counts.starts >= 1);
      assert.equal((await get(port)).text, 'a');
      const { master, workers } = await processes();
      assert.deepEqual((await findProcesses(reloader.socket)).sort(), [master, ...workers].sort());
    });
  await renderer.come();
  renderer.serve(version(2));
  await reloader.isLive(version(2).etag);
});

test('a killed reloader takes nothing down, and its successor takes the running HAProxy over', async (t) => {
  const { renderer, reloader, start, port, version, first, processes } = await killable(t);
  const before = await processes();
  const load = startLoad(t, { port, keepAlive: true });
  assert.equal(await reloader.end('SIGKILL'), 'SIGKILL');
  assert.equal((await get(port)).text, 'a');
  await renderer.leave();
  const next = await start();
  await next.isLive(first.etag);
  assert.deepEqual(await processes(), before);
  await renderer.come();
  renderer.serve(version(2));
  await next.isLive(version(2).etag);
  assert.equal((await processes()).master, before.master);
  await load.stop();
  assert.deepEqual(load.failures, []);
});

test('a reloader killed in the middle of a change leaves it to its successor', async (t) => {
  const { renderer, reloader, start, port, version } = await killable(t);
  const load = startLoad(t, { port, keepAlive: false });
  renderer.serve(version(2));
  const mark = join(reloader.stateDir, 'applying');
  await until('the change has begun', () => readlink(mark).catch(() => undefined));
  await reloader.end('SIGKILL');
  const next = await start();
  await next.isLive(version(2).etag);
  await load.stop();
  assert.deepEqual(load.failures, []);
});

test('a second reloader on the same folder ends at once', async (t) => {
  const { reloader, start, first } = await killable(t);
  const second = await start();
  await until('the second has ended', () => second.process.exitCode !== null);
  assert.equal(second.process.exitCode, 1);
  assert.match(second.log(), /state-dir-taken/);
  await reloader.isLive(first.etag);
});
