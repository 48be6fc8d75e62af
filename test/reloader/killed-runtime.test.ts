import assert from 'node:assert/strict';
import { readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { createMaster } from '../../reloader/haproxy/master.ts';
import { parseServerStates } from '../../reloader/runtime/server-state.ts';
import { startBackend } from '../kit/backend.ts';
import { balancing } from '../kit/configuration.ts';
import { folder } from '../kit/folder.ts';
import { freePort } from '../kit/port.ts';
import { startReloader } from '../kit/reloader.ts';
import { bundleOf, startRenderer } from '../kit/renderer.ts';
import { get } from '../kit/request.ts';
import { until } from '../kit/until.ts';

/** From before the first command, through hundreds of them and -c, to after the last note. */
const MOMENTS_MS = [10, 25, 45, 80, 150];
const SERVERS = 300;

test('a worker or master killed at any moment of a change without a reload: another one runs what is wanted', async (t) => {
  const backends = [await startBackend(t, 'a'), await startBackend(t, 'b')] as const;
  const port = await freePort();
  const renderer = await startRenderer(t);
  const stateDir = await folder();
  const names = (n: number) => Array.from({ length: SERVERS }, (_, i) => `s${n}-${i}`);
  const version = (n: number) =>
    bundleOf(
      balancing(
        port,
        names(n).map((name) => `${name} 127.0.0.1:${backends[n % 2 === 0 ? 0 : 1].port}`),
      ),
    );
  renderer.serve(version(0));
  const reloader = await startReloader(t, { stateDir, renderer: renderer.url });
  await reloader.isLive(version(0).etag);
  const master = createMaster(reloader.socket);
  let n = 0;
  for (const which of ['worker', 'master'] as const)
    for (const ms of MOMENTS_MS)
      await t.test(`${which}, after ${ms} ms`, async () => {
        n += 1;
        const { etag } = version(n);
        const before = (await master.processes()) ?? assert.fail();
        const pid = which === 'master' ? before.master : (before.workers[0] ?? assert.fail());
        renderer.serve(version(n));
        await delay(ms);
        process.kill(pid, 'SIGKILL');
        await until('another HAProxy runs', async () => {
          const now = await master.processes();
          return now !== undefined && now.master !== before.master;
        });
        const { counts } = await reloader.isLive(etag);
        assert.equal(await readlink(join(stateDir, 'current')), `releases/${etag.slice(7)}`);
        await until('it serves', async () => (await get(port)).text === (n % 2 === 0 ? 'a' : 'b'));
        const states = parseServerStates(await master.worker.ask('show servers state app'));
        assert.deepEqual([...(states.get('app')?.keys() ?? [])].sort(), names(n).sort());
        t.diagnostic(
          `${which} ${ms}: ${counts.starts} starts, ${counts.runtimeApplies} at runtime, ${counts.reloads} reloads`,
        );
      });
});
