import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { readBackends } from '../../reloader/runtime/backends.ts';
import { findLeftBackends } from '../../reloader/runtime/left-backends.ts';
import { parseServerStates } from '../../reloader/runtime/server-state.ts';
import { createTombstones } from '../../reloader/runtime/tombstones.ts';
import { startBackend } from '../kit/backend.ts';
import { until } from '../kit/until.ts';
import { askSlowly, configOf, type Service, startServices } from './services.ts';

async function start(t: TestContext) {
  const [one, two] = [await startBackend(t, 'one'), await startBackend(t, 'two')];
  const a: Service = { name: 'a', servers: [`a1 127.0.0.1:${one.port} check`] };
  const b: Service = { name: 'b', servers: [`b1 127.0.0.1:${two.port} check`] };
  const services = await startServices(t, [a]);
  return { a, b, ...services };
}

/** Before 3.4 a backend that comes or goes is a reload, and nothing else is to be tested. */
function isOlder(t: TestContext, { capabilities, plan, a, b }: Awaited<ReturnType<typeof start>>) {
  if (capabilities.addsBackends) return false;
  assert.equal(plan([a, b]).kind, 'reload');
  assert.equal(plan([]).kind, 'reload');
  t.diagnostic(`${capabilities.version.join('.')} has no dynamic backends`);
  return true;
}

test('a service comes and goes, and comes again', async (t) => {
  const services = await start(t);
  if (isOlder(t, services)) return;
  const { a, b, to, ask, backends, tombstones, instance } = services;
  assert.equal(await ask('b'), '404');
  for (let i = 0; i < 3; i += 1) {
    assert.equal((await to([a, b])).kind, 'applied');
    assert.deepEqual([await ask('a'), await ask('b')], ['200 one', '200 two']);
    assert.deepEqual(await backends(), ['a', 'b']);
    assert.equal((await to([a])).kind, 'applied');
    assert.deepEqual([await ask('a'), await ask('b')], ['200 one', '404']);
    const session = instance.open('worker');
    await until('it is deleted', async () => (await tombstones.sweep(session)) === 0);
    session.close();
    assert.deepEqual(await backends(), ['a']);
  }
});

test('a service that a start brought goes, and is named otherwise', async (t) => {
  const services = await start(t);
  if (isOlder(t, services)) return;
  const { a, to, ask, backends, instance, tombstones } = services;
  const renamed = { ...a, name: '42' };
  assert.equal((await to([renamed])).kind, 'applied');
  assert.deepEqual([await ask('a'), await ask('42')], ['404', '200 one']);
  const session = instance.open('worker');
  await until('the old one is deleted', async () => (await tombstones.sweep(session)) === 0);
  session.close();
  assert.deepEqual(await backends(), ['42']);
});

test('servers of a service that was added come, move and go', async (t) => {
  const services = await start(t);
  if (isOlder(t, services)) return;
  const { a, b, to, ask } = services;
  assert.equal((await to([a, { ...b, servers: [] }])).kind, 'applied');
  assert.equal(await ask('b'), '503');
  assert.equal((await to([a, b])).kind, 'applied');
  assert.equal(await ask('b'), '200 two');
  assert.equal((await to([a, { ...b, servers: a.servers }])).kind, 'applied');
  assert.equal(await ask('b'), '200 one');
});

test('a service whose name is a number leaves, and waits', async (t) => {
  const services = await start(t);
  if (isOlder(t, services)) return;
  const { a, b, to, instance, root, backends } = services;
  const numbered = { ...b, name: '42' };
  assert.equal((await to([a, numbered])).kind, 'applied');
  const pending = askSlowly(root, '42', 500);
  await until('the request is under way', async () =>
    /^42,b1,0,0,[1-9]/m.test(await instance.ask('show stat -1 4 -1')),
  );
  assert.equal((await to([a])).kind, 'applied');
  assert.deepEqual(await backends(), ['42', 'a']);
  assert.match(await pending, /^HTTP\/1.1 200/);
});

test('a service with a request in flight leaves, waits, comes back as it was, and goes in the end', async (t) => {
  const services = await start(t);
  if (isOlder(t, services)) return;
  const { a, b, to, ask, backends, tombstones, instance, root } = services;
  assert.equal((await to([a, b])).kind, 'applied');
  const pending = askSlowly(root, 'b', 1_500);
  await until('the request is under way', async () =>
    /,b1,0,0,[1-9]/.test(await instance.ask('show stat b 4 -1')),
  );
  const left = await to([a]);
  assert.equal(left.kind === 'applied' && left.report.waiting, 2, JSON.stringify(left));
  assert.equal(await ask('b'), '404');
  assert.deepEqual(await backends(), ['a', 'b'], 'it waits, unpublished');
  assert.equal((await to([a, b])).kind, 'applied');
  assert.equal(tombstones.size, 0);
  assert.equal(await ask('b'), '200 two');

  assert.equal((await to([a])).kind, 'applied');
  const changed = await to([a, { ...b, from: 'others' }]);
  assert.equal(changed.kind, 'surprise', 'another one of that name: a reload');
  assert.match(await pending, /^HTTP\/1.1 200/);
});

test('the name of a service that left is free for another one once its streams ended', async (t) => {
  const services = await start(t);
  if (isOlder(t, services)) return;
  const { a, b, to, ask, instance, root, tombstones } = services;
  assert.equal((await to([a, b])).kind, 'applied');
  const pending = askSlowly(root, 'b', 300);
  await until('the request is under way', async () =>
    /,b1,0,0,[1-9]/.test(await instance.ask('show stat b 4 -1')),
  );
  assert.equal((await to([a])).kind, 'applied');
  assert.match(await pending, /^HTTP\/1.1 200/);
  await until(
    'its stream ended',
    async () =>
      /,b,0,0,0,/.test(`,${await instance.ask('show servers conn b')}`) ||
      /^b,BACKEND,0,0,0,/m.test(await instance.ask('show stat b 2 -1')),
  );
  assert.equal((await to([a, { ...b, from: 'others' }])).kind, 'applied');
  assert.equal(tombstones.size, 0);
  assert.equal(await ask('b'), '200 two');
});

test('a successor finds the services that left, and deletes them', async (t) => {
  const services = await start(t);
  if (isOlder(t, services)) return;
  const { a, b, to, backends, instance, root } = services;
  assert.equal((await to([a, b])).kind, 'applied');
  const pending = askSlowly(root, 'b', 1_000);
  await until('the request is under way', async () =>
    /,b1,0,0,[1-9]/.test(await instance.ask('show stat b 4 -1')),
  );
  assert.equal((await to([a])).kind, 'applied');
  const session = instance.open('worker');
  const files = [{ path: 'haproxy.cfg', content: configOf(root, [a]) }];
  const states = parseServerStates(await session.ask('show servers state'));
  const left = findLeftBackends(files, await readBackends(session), states);
  assert.deepEqual(left, { backends: ['b'], servers: [{ backend: 'b', name: 'b1' }] });
  const tombstones = createTombstones();
  for (const server of left.servers) tombstones.add({ ...server, words: [] });
  for (const backend of left.backends) tombstones.addBackend({ backend, words: [] });
  assert.match(await pending, /^HTTP\/1.1 200/);
  await until('it is deleted', async () => (await tombstones.sweep(session)) === 0);
  session.close();
  assert.deepEqual(await backends(), ['a']);
});

test('what another hand did to a backend is a surprise', async (t) => {
  const services = await start(t);
  if (isOlder(t, services)) return;
  const { a, b, to, instance } = services;
  assert.equal((await to([a, b])).kind, 'applied');
  for (const command of [
    'unpublish backend b',
    'set server b/b1 state maint',
    'del server b/b1',
    'del backend b',
  ])
    await instance.ask(command);
  assert.equal((await to([a])).kind, 'surprise', 'it is gone already');
  await instance.ask('add backend b from apps');
  assert.equal((await to([a, b])).kind, 'surprise', 'it is there already');
});

test('services with many servers go, however much HAProxy tells of it', async (t) => {
  const services = await start(t);
  if (isOlder(t, services)) return;
  const { a, b, to, backends, instance, tombstones } = services;
  const [address = ''] = /127\.\S+/.exec(b.servers[0] ?? '') ?? [];
  const large = Array.from({ length: 3 }, (_, i) => ({
    name: `large-${i}`,
    servers: Array.from({ length: 40 }, (_, k) => `server-with-a-long-name-${k} ${address} check`),
  }));
  for (let i = 0; i < 2; i += 1) {
    assert.equal((await to([a, ...large])).kind, 'applied');
    assert.equal((await to([a])).kind, 'applied');
    const session = instance.open('worker');
    await until('all are deleted', async () => (await tombstones.sweep(session)) === 0);
    session.close();
    assert.deepEqual(await backends(), ['a']);
  }
});

test('a thousand services come and go at once', async (t) => {
  const services = await start(t);
  if (isOlder(t, services)) return;
  const { a, to, ask, backends, instance, tombstones } = services;
  const many = Array.from({ length: 1_000 }, (_, i) => ({ ...a, name: `many-${i}` }));
  const started = performance.now();
  assert.equal((await to([a, ...many])).kind, 'applied');
  const came = performance.now();
  assert.deepEqual([await ask('many-0'), await ask('many-999')], ['200 one', '200 one']);
  assert.equal((await to([a])).kind, 'applied');
  t.diagnostic(`came in ${came - started} ms, went in ${performance.now() - came} ms`);
  const session = instance.open('worker');
  await until('all are deleted', async () => (await tombstones.sweep(session)) === 0);
  session.close();
  assert.deepEqual(await backends(), ['a']);
});
