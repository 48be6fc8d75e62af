import assert from 'node:assert/strict';
import { readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { findProcesses } from '../../reloader/haproxy/own-processes.ts';
import { startBackend } from '../kit/backend.ts';
import { proxying } from '../kit/configuration.ts';
import { folder } from '../kit/folder.ts';
import { startLoad } from '../kit/load.ts';
import { freePort } from '../kit/port.ts';
import { startReloader } from '../kit/reloader.ts';
import { bundleOf, startRenderer } from '../kit/renderer.ts';
import { get } from '../kit/request.ts';
import { until } from '../kit/until.ts';

const KILLS = 30;

/** The n-th of a row of configurations, by how HAProxy gets from one to the next. */
const CHANGES: Readonly<Record<string, (n: number, port: number, backend: number) => string>> = {
  'a reload': (n, port, backend) => proxying(port, backend, `  http-request set-header x-n ${n}\n`),
  'operations at runtime': (n, port, backend) =>
    Array.from({ length: 300 }, (_, i) => `  server s${n}-${i} 127.0.0.1:${backend}\n`).reduce(
      (text, line) => text + line,
      proxying(port, backend),
    ),
};

/** A worker that a reload has taken leave of may end by itself just before: that is as good. */
function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

for (const [by, textOf] of Object.entries(CHANGES))
  test(`any process of HAProxy killed at any moment of a change by ${by}: it comes back, on the release wanted`, async (t) => {
    const backend = await startBackend(t, 'a');
    const port = await freePort();
    const renderer = await startRenderer(t);
    const stateDir = await folder();
    const version = (n: number) => bundleOf(textOf(n, port, backend.port));
    renderer.serve(version(0));
    const reloader = await startReloader(t, { stateDir, renderer: renderer.url });
    await reloader.isLive(version(0).etag);
    startLoad(t, { port, keepAlive: false });
    for (let n = 1; n <= KILLS; n += 1) {
      const { etag } = version(n);
      renderer.serve(version(n));
      const milliseconds = Math.random() * 250;
      await new Promise((done) => setTimeout(done, milliseconds));
      const pids = await findProcesses(reloader.socket);
      const pid = pids[Math.floor(Math.random() * pids.length)];
      if (pid !== undefined) kill(pid);
      await reloader.isLive(etag).catch((cause: unknown) => {
        throw new Error(`${pid} killed ${milliseconds} ms after change ${n}`, { cause });
      });
      assert.equal(await readlink(join(stateDir, 'current')), `releases/${etag.slice(7)}`);
      await until('it serves', async () => (await get(port)).text === 'a');
    }
  });
