import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { startBackend } from '../kit/backend.ts';
import { balancing } from '../kit/configuration.ts';
import { folder } from '../kit/folder.ts';
import { freePort } from '../kit/port.ts';
import { startReloader } from '../kit/reloader.ts';
import { bundleOf, startRenderer } from '../kit/renderer.ts';
import { get } from '../kit/request.ts';

/** From before the first command to after the last note; -c, in the middle, takes most of it. */
const MOMENTS_MS = [2, 8, 15, 30, 60, 120];

test('a reloader killed at any moment of a change without a reload: its successor ends it', async (t) => {
  const backends = [await startBackend(t, 'a'), await startBackend(t, 'b')] as const;
  const port = await freePort();
  const renderer = await startRenderer(t);
  const stateDir = await folder();
  const version = (n: number) =>
    bundleOf(balancing(port, [`s${n} 127.0.0.1:${backends[n % 2 === 0 ? 0 : 1].port}`]));
  renderer.serve(version(0));
  const options = { stateDir, renderer: renderer.url };
  let reloader = await startReloader(t, options);
  await reloader.isLive(version(0).etag);
  const { pid } = (await reloader.status()).haproxy;
  for (const [i, ms] of MOMENTS_MS.entries()) {
    const wanted = version(i + 1);
    renderer.serve(wanted);
    await delay(ms);
    await reloader.end('SIGKILL');
    assert.equal((await get(port)).status, 200, `killed after ${ms} ms`);
    reloader = await startReloader(t, options);
    const status = await reloader.isLive(wanted.etag);
    assert.equal((await get(port)).text, i % 2 === 0 ? 'b' : 'a', `killed after ${ms} ms`);
    assert.equal(status.haproxy.pid, pid, 'the same HAProxy');
  }
});
