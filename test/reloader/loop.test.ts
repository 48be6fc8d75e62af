import assert from 'node:assert/strict';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { startBackend } from '../kit/backend.ts';
import { proxying } from '../kit/configuration.ts';
import { folder } from '../kit/folder.ts';
import { freePort } from '../kit/port.ts';
import { startReloader } from '../kit/reloader.ts';
import { bundleOf, startRenderer } from '../kit/renderer.ts';
import { get } from '../kit/request.ts';
import { until } from '../kit/until.ts';

test('a bundle becomes live, and the next one by a reload, proven by its hash', async (t) => {
  const [a, b] = [await startBackend(t, 'a'), await startBackend(t, 'b')];
  const port = await freePort();
  const renderer = await startRenderer(t);
  const stateDir = await folder();
  const first = bundleOf(proxying(port, a.port), { 'files/m.map': 'x y\n', 'ssl/c.pem': 'PEM\n' });
  renderer.serve(first);
  const reloader = await startReloader(t, { stateDir, renderer: renderer.url });
  await reloader.isLive(first.etag);
  const read = async () => (await get(port)).text;
  assert.equal(await read(), 'a');

  const second = bundleOf(proxying(port, b.port));
  renderer.serve(second);
  const status = await reloader.isLive(second.etag);
  assert.equal(await read(), 'b');
  assert.equal(status.counts.reloads, 1);
  assert.equal(status.lastReload?.cause, 'plan');
  const metrics = (await reloader.get('/metrics')).text;
  assert.match(metrics, /^haproxy_reloader_reloads_total\{cause="plan"\} 1$/m);
  for (const phase of ['stage', 'plan', 'check', 'reload'])
    assert.match(
      metrics,
      new RegExp(`^haproxy_reloader_reload_seconds_total.*"${phase}".* \\d+\\.\\d`, 'm'),
    );
  const told = await until('it is told', () =>
    /"release live".*"how":"reloaded".*/.exec(reloader.log()),
  );
  assert.match(told[0], /"cause":"plan","reason":"\w.*"phases":\{"stage":.*"reload":/);
  assert.equal((await reloader.get('/readyz')).status, 200);
  const config = join(stateDir, 'current', 'haproxy.cfg');
  assert.match(await readFile(config, 'utf8'), new RegExp(`str\\(${second.etag}\\)\n`));

  const releases = join(stateDir, 'releases');
  const old = join(releases, first.etag.slice('sha256:'.length));
  for (const path of [releases, old, join(old, 'files')])
    assert.equal((await stat(path)).mode & 0o777, 0o700, path);
  for (const path of [config, join(old, 'files', 'm.map'), join(old, 'ssl', 'c.pem')])
    assert.equal((await stat(path)).mode & 0o777, 0o600, path);
  assert.equal(await reloader.end(), 0);
  await assert.rejects(read());
});
