import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { findProcesses } from '../../reloader/haproxy/own-processes.ts';
import { proxying } from '../kit/configuration.ts';
import { folder } from '../kit/folder.ts';
import { startReloader } from '../kit/reloader.ts';
import { bundleOf, startRenderer } from '../kit/renderer.ts';

test('--once puts a checked release in place and ends, with the renderer away too', async (t) => {
  const renderer = await startRenderer(t);
  const stateDir = await folder();
  const once = async () => {
    const reloader = await startReloader(t, {
      stateDir,
      renderer: renderer.url,
      flags: ['--once'],
    });
    const [code] = await reloader.ended;
    assert.deepEqual(await findProcesses(reloader.socket), []);
    return code;
  };
  const bad = bundleOf('nonsense\n');
  renderer.serve(bad);
  assert.equal(await once(), 1);
  const good = bundleOf(proxying(1, 2));
  renderer.serve(good);
  assert.equal(await once(), 0);
  const config = () => readFile(join(stateDir, 'current', 'haproxy.cfg'), 'utf8');
  assert.match(await config(), new RegExp(good.etag));
  renderer.serve(bad);
  assert.equal(await once(), 0);
  await renderer.leave();
  assert.equal(await once(), 0);
  assert.match(await config(), new RegExp(good.etag));
});
