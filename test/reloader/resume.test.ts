import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { type TestContext, test } from 'node:test';
import { createMaster } from '../../reloader/haproxy/master.ts';
import { parseServerStates } from '../../reloader/runtime/server-state.ts';
import { startBackend } from '../kit/backend.ts';
import { balancing } from '../kit/configuration.ts';
import { folder } from '../kit/folder.ts';
import { freePort } from '../kit/port.ts';
import { startReloader } from '../kit/reloader.ts';
import { bundleOf, startRenderer } from '../kit/renderer.ts';
import { get } from '../kit/request.ts';
import { until } from '../kit/until.ts';

/** A client that goes away ends its request at once. */
const configuration = (...parameters: Parameters<typeof balancing>) =>
  balancing(...parameters).replace('mode http\n', 'mode http\n  option abortonclose\n');

async function running(t: TestContext, flags: readonly string[] = []) {
  const [a, b] = [await startBackend(t, 'a'), await startBackend(t, 'b')];
  const port = await freePort();
  const renderer = await startRenderer(t);
  const options = { stateDir: await folder(), renderer: renderer.url, flags };
  const servers = [`a 127.0.0.1:${a.port}`, `b 127.0.0.1:${b.port}`];
  const version = (...parameters: [readonly string[], number?]) =>
    bundleOf(configuration(port, ...parameters));
  const start = () => startReloader(t, options);
  const reloader = await start();
  const { worker } = createMaster(reloader.socket);
  const states = async () =>
    parseServerStates(await worker.ask('show servers state app')).get('app') ?? new Map();
  return { port, renderer, servers, version, start, reloader, worker, states };
}

test('servers that left ahead of a reload serve again when it is not to come, though the reloader was killed', async (t) => {
  const flags = ['--min-reload-interval=600'];
  const { port, renderer, servers, version, start, reloader, states } = await running(t, flags);
  for (const timeout of [5, 6]) {
    renderer.serve(version(servers, timeout));
    await reloader.isLive(version(servers, timeout).etag);
  }
  renderer.serve(version(servers.slice(1), 7));
  await until('the reload waits', () => /"reload delayed".*"retired":1/.test(reloader.log()));
  await reloader.end('SIGKILL');
  renderer.serve(version(servers, 6));
  const successor = await start();
  const { counts } = await successor.isLive(version(servers, 6).etag);
  await until('both serve', async () => (await get(port)).text === 'a');
  assert.equal(counts.reloads, 0, successor.log());
  assert.equal((await states()).get('a')?.disabled, false);
});

test('a server that left is deleted by the successor of a reloader that was killed meanwhile', async (t) => {
  const { port, renderer, servers, version, start, reloader, worker, states } = await running(t);
  const [a = '', b = ''] = servers;
  renderer.serve(version([a]));
  await reloader.isLive(version([a]).etag);
  const held = connect(port, '127.0.0.1');
  t.after(() => held.destroy());
  held.write('GET /slow?9000 HTTP/1.1\r\nhost: x\r\n\r\n');
  await until('it is under way', async () => (await worker.ask('show sess')).includes('srv=a'));
  renderer.serve(version([b]));
  await reloader.isLive(version([b]).etag);
  assert.equal((await states()).get('a')?.disabled, true);
  await reloader.end('SIGKILL');
  const successor = await start();
  const { haproxy } = await until('it is taken up', async () => {
    const status = await successor.status();
    return status.haproxy.waiting === 1 ? status : undefined;
  });
  assert.equal(haproxy.waiting, 1);
  held.destroy();
  await until('it is deleted', async () => !(await states()).has('a'));
  assert.equal((await successor.isLive(version([b]).etag)).counts.reloads, 0);
});
