import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { createMaster } from '../../reloader/haproxy/master.ts';
import { probe } from '../../reloader/haproxy/probe.ts';
import { startBackend } from '../kit/backend.ts';
import { mapping, type Services } from '../kit/configuration.ts';
import { folder } from '../kit/folder.ts';
import { HAPROXY } from '../kit/haproxy.ts';
import { freePort } from '../kit/port.ts';
import { startReloader } from '../kit/reloader.ts';
import { bundleOf, startRenderer } from '../kit/renderer.ts';
import { get } from '../kit/request.ts';
import { until } from '../kit/until.ts';

async function running(t: TestContext) {
  const [a, b] = [await startBackend(t, 'a'), await startBackend(t, 'b')];
  const port = await freePort();
  const renderer = await startRenderer(t);
  const stateDir = await folder();
  const start = () => startReloader(t, { stateDir, renderer: renderer.url });
  const reloader = await start();
  const { worker } = createMaster(reloader.socket);
  const version = (services: Services) =>
    bundleOf(...mapping(port, join(stateDir, 'current'), services));
  const servers = { a: [`s 127.0.0.1:${a.port}`], b: [`s 127.0.0.1:${b.port}`] };
  const ask = async (host: string) => {
    const { status, text } = await get(port, '/', { host });
    return status === 200 ? text : String(status);
  };
  const backends = async () => (await worker.ask('show backend')).trim().split('\n').slice(1);
  const adds = (await probe(HAPROXY))?.addsBackends ?? assert.fail('HAProxy does not start');
  return { port, renderer, start, reloader, worker, version, servers, ask, backends, adds };
}

test('a service comes and goes, and with HAProxy 3.4 without a reload', async (t) => {
  const { renderer, reloader, version, servers, ask, backends, adds } = await running(t);
  const { a, b } = servers;
  const go = async (services: Services) => {
    renderer.serve(version(services));
    return reloader.isLive(version(services).etag);
  };
  await go({ a });
  const before = (await go({ a, b: a })).counts.reloads;
  assert.deepEqual([await ask('a'), await ask('b')], ['a', 'a']);
  await go({ a, b });
  assert.deepEqual([await ask('a'), await ask('b')], ['a', 'b']);
  await go({ b });
  assert.deepEqual([await ask('a'), await ask('b')], ['404', 'b']);
  await go({ renamed: b });
  assert.deepEqual([await ask('b'), await ask('renamed')], ['404', 'b']);
  await until('what left is deleted', async () => (await backends()).join() === 'renamed');
  const { counts } = await go({ renamed: b, a });
  assert.equal(counts.reloads, adds ? 0 : before + 3, reloader.log());
});

test('a service that left is deleted by the successor of a reloader that was killed meanwhile', async (t) => {
  const { port, renderer, start, reloader, worker, version, servers, ask, backends, adds } =
    await running(t);
  const { a, b } = servers;
  renderer.serve(version({ a, b }));
  await reloader.isLive(version({ a, b }).etag);
  const held = connect(port, '127.0.0.1');
  t.after(() => held.destroy());
  held.write('GET /slow?9000 HTTP/1.1\r\nhost: b\r\n\r\n');
  await until('it is under way', async () => (await worker.ask('show sess')).includes('be=b'));
  renderer.serve(version({ a }));
  await reloader.isLive(version({ a }).etag);
  assert.deepEqual([await ask('a'), await ask('b')], ['a', '404']);
  if (!adds) return;
  assert.deepEqual(await backends(), ['a', 'b']);
  await reloader.end('SIGKILL');
  const successor = await start();
  await until('its server and itself are taken up', async () => {
    const { haproxy } = await successor.status();
    return haproxy.waiting === 2;
  });
  held.destroy();
  await until('it is deleted', async () => (await backends()).join() === 'a');
  assert.equal((await successor.isLive(version({ a }).etag)).counts.reloads, 0);
});
