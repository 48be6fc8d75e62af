import assert from 'node:assert/strict';
import { readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { startBackend } from '../kit/backend.ts';
import { proxying } from '../kit/configuration.ts';
import { folder } from '../kit/folder.ts';
import { startLoad } from '../kit/load.ts';
import { freePort } from '../kit/port.ts';
import { startReloader } from '../kit/reloader.ts';
import { bundleOf, startRenderer } from '../kit/renderer.ts';

const KILLS = 30;

test('a reloader killed at any moment of a change leaves one that its successor completes or takes back', async (t) => {
  const backend = await startBackend(t, 'a');
  const port = await freePort();
  const renderer = await startRenderer(t);
  const stateDir = await folder();
  const version = (n: number) =>
    bundleOf(proxying(port, backend.port, `  http-request set-header x-version ${n}`));
  renderer.serve(version(0));
  const start = () => startReloader(t, { stateDir, renderer: renderer.url });
  let reloader = await start();
  await reloader.isLive(version(0).etag);
  const load = startLoad(t, { port, keepAlive: false });
  for (let n = 1; n <= KILLS; n += 1) {
    const { etag } = version(n);
    renderer.serve(version(n));
    const milliseconds = Math.random() * 150;
    await new Promise((done) => setTimeout(done, milliseconds));
    await reloader.end('SIGKILL');
    reloader = await start();
    await reloader.isLive(etag).catch((cause: unknown) => {
      throw new Error(`killed ${milliseconds} ms after change ${n}`, { cause });
    });
    assert.equal(await readlink(join(stateDir, 'current')), `releases/${etag.slice(7)}`);
  }
  await load.stop();
  assert.deepEqual(load.failures, []);
});
