import assert from 'node:assert/strict';
import { readlink } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { startBackend } from '../kit/backend.ts';
import { proxying } from '../kit/configuration.ts';
import { folder } from '../kit/folder.ts';
import { startLoad } from '../kit/load.ts';
import { freePort } from '../kit/port.ts';
import { startReloader } from '../kit/reloader.ts';
import { bundleOf, startRenderer } from '../kit/renderer.ts';
import { until } from '../kit/until.ts';

/** A reloader with one good release live, and all that it takes to give it others. */
async function running(t: TestContext, head = '') {
  const backend = await startBackend(t, 'a');
  const port = await freePort();
  const renderer = await startRenderer(t);
  const stateDir = await folder(t);
  const config = (more = '', start = head) => `${start}${proxying(port, backend.port, more)}`;
  const good = bundleOf(config());
  renderer.serve(good);
  const reloader = await startReloader(t, { stateDir, renderer: renderer.url });
  await reloader.isLive(good.etag);
  return { renderer, reloader, stateDir, port, config, good };
}

test('a release that haproxy -c refuses is not taken, is told with its lines, and is not checked again', async (t) => {
  const { renderer, reloader, stateDir, port, config, good } = await running(t);
  const load = startLoad(t, { port, keepAlive: false });
  const cases = [
    [
      'an unknown keyword',
      config('  nonsense here\n'),
      'check-failed',
      /^haproxy\.cfg:\d+: .*nonsense/,
    ],
    ['no listener', 'defaults\n  mode http\n', 'no-listener', /no listener/],
    [
      'a certificate that is not there',
      config(`  bind 127.0.0.1:1 ssl crt ${stateDir}/current/ssl/none.pem\n`),
      'check-failed',
      /none\.pem/,
    ],
    ['a condition that does not end', config('  .if 0\n'), 'check-failed', /\.if|endif/i],
  ] as const;
  for (const [name, text, code, message] of cases)
    await t.test(name, async () => {
      const bad = bundleOf(text);
      renderer.serve(bad);
      const status = await reloader.isRefused(bad.etag);
      const refusal = status.refused.find(({ etag }) => etag === bad.etag);
      assert.equal(refusal?.code, code);
      const [first] = refusal?.errors ?? [];
      const told =
        first === undefined ? refusal?.reason : `${first.file}:${first.line}: ${first.message}`;
      assert.match(told ?? '', message);
      assert.doesNotMatch(JSON.stringify(refusal), /staging/);
      assert.equal(status.live, good.etag);
      assert.equal(status.ready, true);
      const report = await until('the next poll reports it', () =>
        renderer.seen.findLast((request) => request.headers['x-refused-hash'] === bad.etag),
      );
      assert.match(String(report.headers['x-refused-reason']), new RegExp(`^${code}: `));
      assert.equal(report.headers['x-running-hash'], good.etag);
    });
  const checked = (await reloader.status()).counts.refusals;
  await renderer.leave();
  await until('it notices', async () => !(await reloader.status()).renderer.reachable);
  await renderer.come();
  await until('it comes back', async () => (await reloader.status()).renderer.reachable);
  assert.equal((await reloader.status()).counts.refusals, checked);
  assert.equal(await readlink(join(stateDir, 'current')), `releases/${good.etag.slice(7)}`);
  await load.stop();
  assert.deepEqual(load.failures, []);
  const next = bundleOf(config('  option httplog\n'));
  renderer.serve(next);
  await reloader.isLive(next.etag);
});

test('an address that somebody else holds is found before the reload, and taken when it is free', async (t) => {
  const { renderer, reloader, port, config, good } = await running(t);
  const holder = createServer();
  await new Promise<void>((done) => void holder.listen(0, '127.0.0.1', done));
  const taken = (holder.address() as AddressInfo).port;
  const load = startLoad(t, { port, keepAlive: false });
  const bad = bundleOf(config(`  bind 127.0.0.1:${taken}\n`));
  renderer.serve(bad);
  const status = await reloader.isRefused(bad.etag);
  assert.equal(status.refused[0]?.code, 'bind-conflict');
  assert.equal(status.live, good.etag);
  assert.equal(status.counts.reloads, 0);
  await load.stop();
  assert.deepEqual(load.failures, []);
  await new Promise((closed) => void holder.close(closed));
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

test('a reload that fails is taken back: the last good release is on disk and live', async (t) => {
  const { renderer, reloader, stateDir, port, config, good } = await running(t);
  // A preflight cannot see it: the condition may or may not hold.
  const taken = await new Promise<number>((done) => {
    const other = createServer().listen(0, '127.0.0.1', () =>
      done((other.address() as AddressInfo).port),
    );
    t.after(() => other.close());
  });
  const bad = bundleOf(config(`  .if 1\n  bind 127.0.0.1:${taken}\n  .endif\n`));
  renderer.serve(bad);
  const status = await reloader.isRefused(bad.etag);
  assert.equal(status.refused[0]?.code, 'reload-failed');
  assert.equal(await readlink(join(stateDir, 'current')), `releases/${good.etag.slice(7)}`);
  await reloader.isLive(good.etag);
  const load = startLoad(t, { port, keepAlive: false });
  const next = bundleOf(config('  option httplog\n'));
  renderer.serve(next);
  await reloader.isLive(next.etag);
  await load.stop();
  assert.deepEqual(load.failures, []);
});
