import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type TestContext, test } from 'node:test';
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
  const { pid } = (await loop.reloader.status()).haproxy;
  process.kill(pid, 'SIGKILL');
  await until('another worker serves', async () => {
    const now = await loop.reloader.status();
    return now.ready && now.haproxy.pid !== pid && (await loop.ask()) === 'one';
  });
  await loop.turnTo(two);
  await load.stop();
});

test('a configuration that HAProxy refuses reaches no proxy, and is told; the next good one is taken', async (t) => {
  const { loop, two, load } = await begin(t);
  const good = (await loop.reloader.status()).live;
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
