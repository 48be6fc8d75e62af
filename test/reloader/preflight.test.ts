import assert from 'node:assert/strict';
import { mkdir, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { startBackend } from '../kit/backend.ts';
import { proxying } from '../kit/configuration.ts';
import { folder } from '../kit/folder.ts';
import { startLoad } from '../kit/load.ts';
import { holdPort } from '../kit/port-holder.ts';
import { startReloader } from '../kit/reloader.ts';
import { bundleOf, startRenderer } from '../kit/renderer.ts';
import { running } from '../kit/running.ts';

describe('what a reload would not survive', { concurrency: true }, () => {
  test('an address that somebody else holds is found before the reload, and taken when it is free', async (t) => {
    const { renderer, reloader, port, config, good } = await running(t);
    const holder = await holdPort(t);
    const load = startLoad(t, { port, keepAlive: false });
    const bad = bundleOf(config(`  bind 127.0.0.1:${holder.port}\n`));
    renderer.serve(bad);
    const status = await reloader.isRefused(bad.etag);
    assert.equal(status.refused[0]?.code, 'bind-conflict');
    assert.equal(status.live, good.etag);
    assert.equal(status.counts.reloads, 0);
    await load.stop();
    assert.deepEqual(load.failures, []);
    await holder.release();
    const after = await reloader.isLive(bad.etag);
    assert.deepEqual(after.refused, []);
  });

  test('a change that would take HAProxy down in a reload is refused', async (t) => {
    const { renderer, reloader, config, good } = await running(t);
    const cases = [
      config('', 'global\n  chroot /nowhere\n'),
      config('', 'global\n  user nobody\n'),
      config('', 'global\n  pidfile /nowhere/pid\n'),
    ];
    for (const text of cases) {
      const bad = bundleOf(text);
      renderer.serve(bad);
      const status = await reloader.isRefused(bad.etag);
      assert.equal(status.refused[0]?.code, 'roll-the-pod');
      assert.equal(status.live, good.etag);
    }
  });

  test('what waits for a new HAProxy is live when there is one', async (t) => {
    const { renderer, reloader, stateDir, config, good } = await running(t);
    const next = bundleOf(config('', `global\n  pidfile ${stateDir}/pid\n`));
    renderer.serve(next);
    assert.equal((await reloader.isRefused(next.etag)).live, good.etag);
    await reloader.end();
    const again = await startReloader(t, { stateDir, renderer: renderer.url });
    assert.deepEqual((await again.isLive(next.etag)).refused, []);
  });

  test('a folder that HAProxy needs and that is gone is found before the reload would end HAProxy', async (t) => {
    const jail = join(await folder(), 'jail');
    await mkdir(jail);
    const { renderer, reloader, config, good } = await running(t, {
      head: `global\n  chroot ${jail}\n`,
    });
    await rmdir(jail);
    const next = bundleOf(config('  option httplog\n'));
    renderer.serve(next);
    const status = await reloader.isRefused(next.etag);
    assert.equal(status.refused[0]?.code, 'file-missing');
    assert.equal(status.live, good.etag);
    await mkdir(jail);
    await reloader.isLive(next.etag);
  });

  test('a first release that cannot start is refused, and starts when it can', async (t) => {
    const backend = await startBackend(t, 'a');
    const holder = await holdPort(t);
    const renderer = await startRenderer(t);
    const first = bundleOf(proxying(holder.port, backend.port));
    renderer.serve(first);
    const stateDir = await folder();
    const reloader = await startReloader(t, { stateDir, renderer: renderer.url });
    const status = await reloader.isRefused(first.etag);
    assert.equal(status.refused[0]?.code, 'start-failed');
    assert.equal(status.ready, false);
    await holder.release();
    await reloader.isLive(first.etag);
  });
});
