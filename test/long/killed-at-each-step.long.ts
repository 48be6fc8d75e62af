import assert from 'node:assert/strict';
import { readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { createMaster } from '../../reloader/haproxy/master.ts';
import { probe } from '../../reloader/haproxy/probe.ts';
import { parseServerStates } from '../../reloader/runtime/server-state.ts';
import { startBackend } from '../kit/backend.ts';
import { makeCertificate } from '../kit/certificate.ts';
import { balancing } from '../kit/configuration.ts';
import { folder } from '../kit/folder.ts';
import { HAPROXY, killHaproxy, startHaproxy } from '../kit/haproxy.ts';
import { freePort } from '../kit/port.ts';
import { startRelay } from '../kit/relay.ts';
import { startReloader } from '../kit/reloader.ts';
import { bundleOf, startRenderer } from '../kit/renderer.ts';
import { get } from '../kit/request.ts';
import { until } from '../kit/until.ts';

/** More than an apply has steps: the test ends before, when one has come through. */
const MOST = 150;

/** How the next of a row of releases is reached: by operations of every kind, or by a reload for another timeout. */
const WAYS = [
  { way: 'at runtime', timeout: () => 10, fewest: 30 },
  { way: 'by a reload', timeout: (n: number) => 10 + n, fewest: 8 },
] as const;
type Way = (typeof WAYS)[number];

async function releases(t: TestContext, root: string, { timeout }: Way) {
  const [a, b] = [await startBackend(t, 'a'), await startBackend(t, 'b')];
  const port = await freePort();
  const pem = async (name: string) => {
    const { keyPem, certificatePem } = await makeCertificate({ names: [name] });
    return `${keyPem}${certificatePem}`;
  };
  const always = [await pem('always.test'), await pem('always.test')];
  const sometimes = await pem('sometimes.test');
  const servers = (n: number) => [
    { name: `s${n}`, port: a.port, weight: 1 },
    { name: 'moves', port: n % 2 === 0 ? a.port : b.port, weight: 1 },
    { name: 'weighs', port: b.port, weight: 1 + (n % 2) },
  ];
  const map = (n: number) => `key value${n}\n`;
  // Each step brings a service and ends the one before; an older HAProxy would need a reload for it.
  const { addsBackends } = (await probe(HAPROXY)) ?? assert.fail('HAProxy does not start');
  const service = (n: number) => (addsBackends ? `service${n}` : 'service');
  const apps = (n: number) =>
    `defaults apps\n  mode http\n  timeout connect 2s\n  timeout server 9s\nbackend ${service(n)} from apps\n  server s 127.0.0.1:${b.port}\n`;
  const routing = `  use_backend %[req.hdr(host),map(${root}/files/hosts.map)]\n`;
  const tls = `  bind unix@${root}.sock ssl crt ${root}/ssl/\n  http-response set-header x-map %[str(key),map(${root}/files/m.map)]\n`;
  const bundle = (n: number) =>
    bundleOf(
      `${balancing(
        port,
        servers(n).map((s) => `${s.name} 127.0.0.1:${s.port} weight ${s.weight}`),
        timeout(n),
      ).replace('  default_backend app\n', `${routing}  default_backend app\n${tls}`)}${apps(n)}`,
      {
        'files/m.map': map(n),
        'files/hosts.map': `service.test ${service(n)}\n`,
        'ssl/always.pem': always[n % 2] ?? '',
        ...(n % 2 === 0 ? {} : { 'ssl/sometimes.pem': sometimes }),
      },
    );
  return { port, servers, map, service, bundle };
}

async function looping(t: TestContext, way: Way) {
  const [stateDir, beside] = [await folder(), await folder()];
  const renderer = await startRenderer(t);
  const root = join(stateDir, 'current');
  const { port, servers, map, service, bundle } = await releases(t, root, way);
  const socket = join(beside, 'master.sock');
  const relay = await startRelay(t, { path: join(beside, 'relay.sock'), to: socket });
  const flags = [`--master-socket=${relay.path}`];
  const startOne = () => startReloader(t, { stateDir, renderer: renderer.url, flags });
  const startProxy = () => startHaproxy(t, { config: join(root, 'haproxy.cfg'), socket });
  const master = createMaster(socket);

  /** All that HAProxy shows, and the disk, is the nth release, and nothing else. */
  const isAll = async (n: number) => {
    const { etag } = bundle(n);
    // What the reloader tells may be of the HAProxy before.
    await until('HAProxy tells its hash', async () => (await master.liveHash()) === etag);
    assert.equal(await readlink(root), `releases/${etag.slice(7)}`);
    await until('what left is deleted', async () => {
      const states = parseServerStates(await master.worker.ask('show servers state app'));
      return states.get('app')?.size === servers(n).length;
    });
    const states = parseServerStates(await master.worker.ask('show servers state app'));
    for (const { name, ...wanted } of servers(n)) {
      const { port: at, weight, disabled } = states.get('app')?.get(name) ?? assert.fail(name);
      assert.deepEqual({ port: at, weight, disabled }, { ...wanted, disabled: false }, name);
    }
    const shown = await master.worker.ask(`show map ${root}/files/m.map`);
    assert.equal(shown.trim().replace(/^0x\w+ /, ''), map(n).trim());
    await until('the service before is deleted', async () => {
      const backends = (await master.worker.ask('show backend')).trim().split('\n').slice(1);
      return backends.sort().join() === ['app', service(n)].join();
    });
    assert.equal((await get(port, '/', { host: 'service.test' })).text, 'b');
    const listed = await master.worker.ask(`show ssl crt-list ${root}/ssl`);
    assert.equal(listed.includes('sometimes.pem'), n % 2 === 1);
    assert.equal((await get(port)).status, 200);
  };
  return { renderer, relay, bundle, startOne, startProxy, isAll, master, socket };
}

for (const way of WAYS) {
  test(`${way.way}: a reloader killed before each of its commands in turn: its successor ends the change, HAProxy goes on`, async (t) => {
    const { renderer, relay, bundle, startOne, startProxy, isAll, master } = await looping(t, way);
    renderer.serve(bundle(0));
    let reloader = await startOne();
    await until('a first release is in place', async () => (await reloader.status()).lastGood);
    await startProxy();
    await reloader.isLive(bundle(0).etag);
    const before = (await master.processes())?.master;
    let isThrough = false;
    let n = 0;
    while (!isThrough && n < MOST) {
      n += 1;
      const { etag } = bundle(n);
      const victim = reloader;
      relay.arm(n, () => void victim.process.kill('SIGKILL'));
      renderer.serve(bundle(n));
      isThrough = await Promise.race([
        victim.ended.then(() => false),
        victim.isLive(etag).then(
          () => true,
          () => false,
        ),
      ]);
      relay.disarm();
      if (!isThrough) reloader = await startOne();
      await reloader.isLive(etag);
      await isAll(n);
    }
    t.diagnostic(`${n} steps`);
    assert.ok(isThrough && n > way.fewest);
    assert.equal((await master.processes())?.master, before, 'the same HAProxy all along');
  });

  test(`${way.way}: a HAProxy killed before each command in turn: it starts again from what is right, and gets what is wanted`, async (t) => {
    const { renderer, relay, bundle, startOne, startProxy, isAll, socket } = await looping(t, way);
    renderer.serve(bundle(0));
    const reloader = await startOne();
    await until('a first release is in place', async () => (await reloader.status()).lastGood);
    await startProxy();
    await reloader.isLive(bundle(0).etag);
    let isKilled = true;
    let n = 0;
    while (isKilled && n < MOST) {
      n += 1;
      const { etag } = bundle(n);
      let killed: Promise<void> | undefined;
      relay.arm(n, () => {
        killed = killHaproxy(socket);
      });
      renderer.serve(bundle(n));
      await until(
        'the change is through, or HAProxy is gone',
        async () => killed !== undefined || (await reloader.status()).live === etag,
      );
      isKilled = killed !== undefined;
      await killed;
      relay.disarm();
      if (isKilled) await startProxy();
      await reloader.isLive(etag);
      await isAll(n);
    }
    t.diagnostic(`${n} steps`);
    assert.ok(!isKilled && n > way.fewest);
  });
}
