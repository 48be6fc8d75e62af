import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type TestContext, test } from 'node:test';
import { createMaster } from '../../reloader/haproxy/master.ts';
import { startLoad } from '../kit/load.ts';
import { type Loop, namedBackend, startLoop } from '../kit/loop.ts';
import { until } from '../kit/until.ts';

async function killService({ service }: Loop): Promise<void> {
  service.child.kill('SIGKILL');
  await once(service.child, 'exit');
}

async function begin(t: TestContext) {
  const loop = await startLoop(t);
  const [one, two] = [await namedBackend(t, 'one'), await namedBackend(t, 'two')];
  await loop.turnTo(one);
  return { loop, two, load: startLoad(t, { port: loop.port, keepAlive: false }) };
}

test('the renderer, killed under load: nothing is lost, and the next change arrives', async (t) => {
  const { loop, two, load } = await begin(t);
  process.kill(loop.service.rendererPid(), 'SIGKILL');
  await loop.turnTo(two);
  await load.stop();
  assert.deepEqual(load.failures, []);
  assert.ok(load.answered() > 0);
});

test('the service, killed under load: nothing is lost, and the next change arrives when it is back', async (t) => {
  const { loop, two, load } = await begin(t);
  await killService(loop);
  await until('the reloader tells', async () => {
    const { ready, renderer } = await loop.reloader.status();
    return ready && !renderer.reachable;
  });
  await loop.startService();
  await loop.turnTo(two);
  await load.stop();
  assert.deepEqual(load.failures, []);
});

test('the reloader, killed under load: nothing is lost, and the next one takes over', async (t) => {
  const { loop, two, load } = await begin(t);
  await loop.reloader.end('SIGKILL');
  assert.equal(await loop.ask(), 'one');
  await loop.startReloader();
  await loop.turnTo(two);
  await load.stop();
  assert.deepEqual(load.failures, []);
});

test("HAProxy's worker, killed under load: HAProxy serves again by itself, with what was live", async (t) => {
  const { loop, two, load } = await begin(t);
  const master = createMaster(loop.reloader.socket);
  const workerOf = async () => (await master.processes())?.workers[0];
  const worker = await until('a worker is there', workerOf);
  process.kill(worker, 'SIGKILL');
  await until('another worker serves', async () => {
    const now = await workerOf();
    return now !== undefined && now !== worker && (await loop.ask()) === 'one';
  });
  await loop.turnTo(two);
  await load.stop();
});

test('a configuration that HAProxy refuses reaches no proxy, and is told; the next good one is taken', async (t) => {
  const { loop, two, load } = await begin(t);
  const good = await until('what is wanted is live', async () => {
    const { live, wanted } = await loop.reloader.status();
    return live === wanted && live;
  });
  await loop.write('this is not a configuration');
  await until('it is refused', async () => (await loop.reloader.status()).refused.length > 0);
  assert.equal((await loop.reloader.status()).live, good);
  const seen = await (await fetch(`${loop.service.url}/status`)).text();
  assert.match(seen, /refus/);
  assert.equal(await loop.ask(), 'one');
  await loop.write(
    `frontend web\n  mode http\n  timeout client 5s\n  bind 127.0.0.1:${loop.port}\n  default_backend web\nbackend web\n  mode http\n  timeout connect 1s\n  timeout server 5s{% for p in services[0].pods.itervalues() %}\n  server {{ p.metadata.name }} 127.0.0.1:{{ p.metadata.labels.port }}{% endfor %}\n`,
  );
  await loop.turnTo(two);
  await load.stop();
  assert.deepEqual(load.failures, []);
});
