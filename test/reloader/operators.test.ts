import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { createMaster } from '../../reloader/haproxy/master.ts';
import { parseServerStates } from '../../reloader/runtime/server-state.ts';
import { startBackend } from '../kit/backend.ts';
import { balancing } from '../kit/configuration.ts';
import { folder } from '../kit/folder.ts';
import { killHaproxy, startHaproxy } from '../kit/haproxy.ts';
import { freePort } from '../kit/port.ts';
import { startReloader } from '../kit/reloader.ts';
import { bundleOf, startRenderer } from '../kit/renderer.ts';
import { get } from '../kit/request.ts';
import { until } from '../kit/until.ts';
import { audited, OFTEN, operated } from './operated.ts';

const MAIN = fileURLToPath(new URL('../../reloader/haproxy-reloader.js', import.meta.url));

function command(stateDir: string, ...words: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [MAIN, ...words, `--state-dir=${stateDir}`],
    { encoding: 'utf8' },
  );
  return { status, said: stdout + stderr };
}

/** Three servers, each in an operator's hand in its own way. */
const BY_HAND = [
  'set server app/a state drain',
  'set server app/b weight 7',
  'set server app/c state maint',
] as const;
const HELD = ['a drain', 'b ready 7', 'c maint'];

test('drained by hand, another deleted by hand, then a change: no reload, and drained still', async (t) => {
  const { servers, reloader, worker, to, isShown } = await operated(t, {});
  await worker.ask('set server app/a state drain');
  await worker.ask('set server app/b state maint');
  assert.match(await worker.ask('del server app/b'), /Server deleted/);
  const [a = '', b = '', c = ''] = servers;
  const { counts, held } = await to([a, `${b} weight 3`, c]);
  assert.deepEqual([counts.reloads, counts.runtimeApplies], [0, 1], reloader.log());
  await isShown('a drain', 'b ready 3', 'c ready');
  assert.deepEqual(
    held.map(({ name, state }) => [name, state]),
    [['a', 'drain']],
  );
  assert.deepEqual(counts.differences, { 'server-missing': 1 });
  await until('it is told', () => reloader.log().includes('"code":"server-missing"'));
});

for (const { way, line } of [
  { way: 'over the Runtime API', line: '' },
  { way: 'by a state file', line: '  load-server-state-from-file global' },
])
  test(`what an operator set stays over changes and reloads, and is released by a command: ${way}`, async (t) => {
    const { servers, reloader, to, by, isShown, port } = await operated(t, { line });
    const [a = '', b = '', c = ''] = servers;
    await by(...BY_HAND);

    const changed = await to([a, `${b} weight 2`, c.replace('c ', 'd ')]);
    assert.equal(changed.counts.reloads, 0, reloader.log());
    await isShown('a drain', 'b ready 7', 'd ready');
    const returned = await to([a, b, c, c.replace('c ', 'd ')]);
    assert.equal(returned.counts.reloads, 0, reloader.log());
    await isShown(...HELD, 'd ready');
    const [, elsewhere = ''] = b.split(' ');
    const replaced = await to([`${a} inter 3s`, b, `c ${elsewhere}`, c.replace('c ', 'd ')]);
    assert.equal(replaced.counts.reloads, 0, reloader.log());
    await isShown(...HELD, 'd ready');

    for (const timeout of [6, 7]) {
      await to(servers, timeout);
      await isShown(...HELD);
    }
    const { counts, held } = await reloader.status();
    assert.equal(counts.reloads, 2);
    assert.deepEqual(
      held.map(({ name, state, weight }) => [name, state, weight]),
      [
        ['a', 'drain', undefined],
        ['b', undefined, 7],
        ['c', 'maint', undefined],
      ],
    );
    for (let i = 0; i < 4; i += 1) assert.equal((await get(port)).text, 'b');

    const listed = command(reloader.stateDir, 'held');
    assert.match(
      listed.said,
      /^app\/a {2}drain {2}since .*\napp\/b {2}weight 7 .*\napp\/c {2}maint /,
    );
    const given = command(reloader.stateDir, 'release', 'app/a', 'app/b');
    assert.deepEqual(given, { status: 0, said: 'app/a released\napp/b released\n' });
    await isShown('a ready', 'b ready', 'c maint');
    assert.deepEqual(command(reloader.stateDir, 'release', 'app/a'), {
      status: 1,
      said: 'app/a is not held\n',
    });
    assert.equal(command(reloader.stateDir, 'release', 'all').status, 0);
    await to(servers, 8);
    await isShown('a ready', 'b ready', 'c ready');
    assert.equal(command(reloader.stateDir, 'release', 'app').status, 2);
  });

test("what an operator set is released by HAProxy's own commands, too", async (t) => {
  const { servers, reloader, to, by, isShown } = await operated(t, { flags: [OFTEN] });
  await by(...BY_HAND);
  await until('it is seen', async () => (await reloader.status()).held.length === 3);
  await by('set server app/a state ready', 'set server app/b weight 1');
  await to(servers, 6);
  await isShown('a ready', 'b ready', 'c maint');
  await by('enable server app/c');
  await until('it is seen', async () => (await reloader.status()).held.length === 0);
});

test('it stays over a killed reloader, a killed HAProxy, and a reload by somebody else', async (t) => {
  const { servers, reloader, start, by, isShown, bundle } = await operated(t, { flags: [OFTEN] });
  await by(...BY_HAND);
  await until('it is seen', async () => (await reloader.status()).held.length === 3);
  await createMaster(reloader.socket).reload(bundle(servers).etag, { deadlineMs: 10_000 });
  await isShown(...HELD);
  await killHaproxy(reloader.socket);
  await isShown(...HELD);

  await reloader.end('SIGKILL');
  await killHaproxy(reloader.socket);
  const successor = await start();
  await successor.isLive(bundle(servers).etag);
  await isShown(...HELD);
  assert.equal((await successor.status()).held.length, 3);
  await successor.end('SIGTERM');
  const last = await start();
  await last.isLive(bundle(servers).etag);
  await isShown(...HELD);
});

test('it stays over the reload that follows a surprise, and what that change did is not taken for it', async (t) => {
  const { servers, reloader, renderer, bundle, to, by, isShown } = await operated(t, {});
  await by(...BY_HAND);
  const [a = '', b = '', c = ''] = servers;
  // HAProxy takes no second server of one id: the plan does not see the one that somebody has set.
  await to([`${a} id 11`, `${b} id 12`, `${c} id 13`], 6);
  await audited(reloader);
  await isShown(...HELD);
  await by(
    'set server app/c state maint',
    'del server app/c',
    `add server app/c ${c.split(' ')[1]} id 99`,
  );
  await by('set server app/c state ready');
  const next = bundle(
    [`${a} id 11`, `${b} id 12 weight 4`, `${c} id 13`, `d ${c.split(' ')[1]} id 99`],
    6,
  );
  renderer.serve(next);
  const { counts } = await reloader.isLive(next.etag);
  assert.deepEqual(counts.reloadCauses, { plan: 1, surprise: 1 }, reloader.log());
  await isShown('a drain', 'b ready 7', 'c ready', 'd ready');
});

test("servers that the reloader itself put into maintenance are in nobody's hand", async (t) => {
  const flags = ['--min-reload-interval=600', OFTEN];
  const { servers, reloader, renderer, bundle, to, isShown } = await operated(t, { flags });
  await to(servers, 6);
  renderer.serve(bundle(servers.slice(1), 7));
  await until('the reload waits', () => /"reload delayed".*"retired":1/.test(reloader.log()));
  await until('it is audited', async () => (await reloader.status()).counts.audits > 3);
  const { held, audit, counts } = await reloader.status();
  assert.deepEqual([held, audit?.drift, counts.differences], [[], [], {}], reloader.log());
  await to(servers, 6);
  await isShown('a ready', 'b ready', 'c ready');
});

test('beside a neighbour HAProxy it stays over its reloads and its restart', async (t) => {
  const [a, b] = [await startBackend(t, 'a'), await startBackend(t, 'b')];
  const [stateDir, renderer] = [await folder(), await startRenderer(t)];
  const port = await freePort();
  const socket = join(stateDir, 'neighbour.sock');
  const servers = [`a 127.0.0.1:${a.port}`, `b 127.0.0.1:${b.port}`];
  const flags = [`--master-socket=${socket}`, OFTEN];
  const reloader = await startReloader(t, { stateDir, renderer: renderer.url, flags });
  const config = join(stateDir, 'current', 'haproxy.cfg');
  const to = (timeout: number) => {
    const bundle = bundleOf(balancing(port, servers, timeout));
    renderer.serve(bundle);
    return bundle.etag;
  };
  const first = to(5);
  await until('a first release is in place', async () => (await reloader.status()).lastGood);
  const { master } = await startHaproxy(t, { config, socket });
  await reloader.isLive(first);
  const stateOf = async () =>
    parseServerStates(await master.worker.ask('show servers state app'))
      .get('app')
      ?.get('a')?.state;
  await master.worker.ask('set server app/a state drain');
  await reloader.isLive(to(6));
  assert.equal(await stateOf(), 'drain');
  await killHaproxy(socket);
  await startHaproxy(t, { config, socket });
  await until('it is drained again', async () => (await stateOf()) === 'drain');
  for (let i = 0; i < 4; i += 1) assert.equal((await get(port)).text, 'b');
});
