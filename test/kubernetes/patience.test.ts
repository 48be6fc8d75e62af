import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startApiServer } from '../apiserver/server.ts';
import { failure } from '../apiserver/status.ts';
import { until } from '../kit/until.ts';
import { begin, ofPods } from './disturbed.ts';
import { follow } from './follower.ts';
import { configure, pod } from './objects.ts';

test('a half-open watch is found by its silence, and the changes meanwhile are not lost', async (t) => {
  const { server, follower, streams, churn } = await begin(t, { idleMs: 400 });
  for (const stream of streams()) stream.freeze();
  churn();
  await follower.agrees(server, 'pods/shop');
});

test('a watch that is silent since nothing happens is no fault: it is asked about, and goes on', async (t) => {
  const { server, follower, podRequests, isRelisted } = await begin(t, { idleMs: 300 }, 60_000);
  const known = podRequests().length;
  const asked = () => podRequests().filter(({ query }) => query.get('limit') === '1').length;
  await until('it was asked about', () => asked() === 1);
  assert.ok(!isRelisted(known));
  await until('it is listed again after the next silence', () => isRelisted(known));
  assert.deepEqual(follower.log, [], 'none of it is told as a fault');
  server.store.put('pods', pod('shop', 'a', { status: { phase: 'Failed' } }));
  await follower.agrees(server, 'pods/shop');
});

test('a watch whose server forgets its own timeout is given up', async (t) => {
  const timing = { watchSeconds: { least: 1, most: 1 }, graceMs: -700 };
  const { follower, server, podRequests, churn } = await begin(t, timing);
  await until('it is opened anew', () => podRequests().length > 1);
  churn();
  await follower.agrees(server, 'pods/shop');
});

test('a server that ignores the wish for a streaming list is found out, and listed in pages', async (t) => {
  const server = await startApiServer(t);
  configure(server.store, ['shop']);
  server.store.put('pods', pod('shop', 'a'));
  server.faults.add({
    fault: { kind: 'silence' },
    when: ({ query }) => query.has('sendInitialEvents'),
    times: Number.POSITIVE_INFINITY,
  });
  const follower = follow(t, { base: server.base, timing: { listIdleMs: 50 } });
  await follower.agrees(server, 'pods/shop', 'configmaps/lb');
});

test('a list whose bytes trickle for ever ends at its deadline', async (t) => {
  const server = await startApiServer(t);
  server.hasStreamingLists = false;
  configure(server.store, ['shop']);
  server.store.put('pods', pod('shop', 'a'));
  server.faults.add({
    fault: { kind: 'trickle', everyMs: 5 },
    when: ({ verb, resource }) => verb === 'list' && resource === 'pods',
  });
  const follower = follow(t, { base: server.base, timing: { listMs: 200 } });
  await follower.agrees(server, 'pods/shop');
  assert.ok(follower.log.some((line) => line.includes('kubernetes-timeout')));
});

test('versions that go back, as after an etcd restore, list everything again', async (t) => {
  const { server, follower, podRequests, isRelisted } = await begin(t);
  const known = podRequests().length;
  const version = server.store.version;
  server.store.rewind(500);
  server.store.put('pods', pod('shop', 'a', { status: { phase: 'Failed' } }));
  server.store.delete('pods', 'shop', 'b');
  await until('it is listed again', () => isRelisted(known));
  await follower.agrees(server, 'pods/shop');
  const position = follower.last().asOf['pods/shop'];
  assert.ok(Number(position?.lo) < version && Number(position?.hi) < version);
});

test('a server that is silent to a watch from the future, as after an etcd restore, is listed again', async (t) => {
  const { server, follower, status } = await begin(t, { idleMs: 300 });
  server.store.rewind(500);
  for (const stream of server.streams) stream.cut();
  server.store.put('pods', pod('shop', 'a', { status: { phase: 'Failed' } }));
  server.store.delete('pods', 'shop', 'b');
  await follower.agrees(server, 'pods/shop');
  await until('it is current', () => status().stale === undefined);
  assert.ok(Number(follower.last().asOf['pods/shop']?.hi) < 1000);
});

test('a server whose versions went back while it was away is listed again at once', async (t) => {
  const { server, follower, status } = await begin(t);
  await server.close();
  await until('it is away', () => status().stale !== undefined);
  server.store.rewind(500);
  server.store.put('pods', pod('shop', 'a', { status: { phase: 'Failed' } }));
  const again = await startApiServer(t, { port: server.port, store: server.store });
  await follower.agrees(again, 'pods/shop');
  await until('it is current', () => status().stale === undefined);
  assert.ok(Number(follower.last().asOf['pods/shop']?.hi) < 1000);
});

test('failures back off to the bound with full jitter, and are forgotten after two healthy minutes', async (t) => {
  const waits: number[] = [];
  let now = 0;
  const delay = async (ms: number): Promise<void> => {
    waits.push(ms);
    now += ms;
  };
  const server = await startApiServer(t);
  configure(server.store, ['shop']);
  const fail = (times: number) =>
    server.faults.add({
      fault: { kind: 'answer', answer: failure(500, 'InternalError', '') },
      when: ofPods,
      times,
    });
  fail(8);
  const backoff = { firstMs: 800, maxMs: 30_000 };
  const follower = follow(t, {
    base: server.base,
    timing: { delay, now: () => now, random: () => 1, backoff, healthyMs: 120_000 },
  });
  await follower.synced();
  assert.deepEqual(waits, [800, 1600, 3200, 6400, 12_800, 25_600, 30_000, 30_000]);
  const end = (): void => {
    for (const stream of server.streams) if (ofPods(stream.request)) stream.cut();
  };
  now += 120_001;
  fail(1);
  end();
  await until('it failed again', () => waits.length === 9);
  assert.equal(waits[8], 800);
});
