import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Fault, tooManyRequests } from '../apiserver/faults.ts';
import { startApiServer } from '../apiserver/server.ts';
import { failure } from '../apiserver/status.ts';
import { until } from '../kit/until.ts';
import { begin, ofPods } from './disturbed.ts';
import { follow } from './follower.ts';
import { configure, pod } from './objects.ts';

for (const [what, disturb] of [
  ['is cut', 'cut'],
  ['ends in order', 'end'],
] as const)
  test(`a watch that ${what} goes on where it was: no list, nothing missed`, async (t) => {
    const { server, follower, streams, podRequests, churn, isRelisted } = await begin(t);
    for (let i = 0; i < 20; i++) {
      const known = podRequests().length;
      server.store.put('pods', pod('shop', `more-${i}`));
      await follower.agrees(server, 'pods/shop');
      for (const stream of streams()) stream[disturb]();
      if (i === 0) churn();
      await until('it watches again', () => podRequests().length > known && streams().length === 1);
    }
    await follower.agrees(server, 'pods/shop');
    assert.ok(!isRelisted(1));
  });

for (const goneByStatus of [true, false])
  test(`410 ${goneByStatus ? 'as a status' : 'as an event'} lists again, as changes`, async (t) => {
    const { server, follower, streams, podRequests, churn, isRelisted } = await begin(t);
    server.goneByStatus = goneByStatus;
    const known = podRequests().length;
    const told = follower.deliveries.length;
    server.faults.add({ fault: { kind: 'late', ms: 100 }, when: ofPods });
    for (const stream of streams()) stream.cut();
    await until('it dials', () => podRequests().length > known);
    churn();
    server.store.compact();
    await follower.agrees(server, 'pods/shop');
    assert.ok(isRelisted(known));
    const changes = follower.deliveries.slice(told).flatMap((delivery) => delivery.changes);
    assert.deepEqual(
      changes.map(({ type, name }) => `${type} ${name}`),
      ['delete b', 'delete c', 'put a', 'put c', 'put d'],
      'c was made anew',
    );
  });

test('a history compacted between two pages starts the list again', async (t) => {
  const server = await startApiServer(t);
  server.hasStreamingLists = false;
  configure(server.store, ['shop']);
  for (let i = 0; i < 700; i++) server.store.put('pods', pod('shop', `p${i}`));
  let hasCompacted = false;
  server.authorize = ({ resource }) => {
    const second = server.requests.findLast(ofPods)?.query.has('continue');
    if (resource === 'pods' && second && !hasCompacted) {
      hasCompacted = true;
      server.store.tick();
      server.store.compact();
    }
    return true;
  };
  const follower = follow(t, { base: server.base });
  await follower.agrees(server, 'pods/shop');
  assert.ok(hasCompacted);
});

const REFUSALS: readonly [string, Fault, string][] = [
  ['429', tooManyRequests(0), 'kubernetes-busy'],
  [
    '500',
    { kind: 'answer', answer: failure(500, 'InternalError', 'etcd fails') },
    'kubernetes-server',
  ],
  [
    '503',
    { kind: 'answer', answer: failure(503, 'ServiceUnavailable', 'away') },
    'kubernetes-busy',
  ],
  ['504', { kind: 'answer', answer: failure(504, 'Timeout', 'slow') }, 'kubernetes-server'],
  [
    'a redirect',
    { kind: 'answer', answer: failure(302, 'Moved', 'elsewhere') },
    'kubernetes-invalid',
  ],
  [
    '401, even to new credentials',
    { kind: 'answer', answer: failure(401, 'Unauthorized', 'no') },
    'kubernetes-unauthorized',
  ],
  ['403', { kind: 'answer', answer: failure(403, 'Forbidden', 'no') }, 'kubernetes-forbidden'],
  ['a reset', { kind: 'reset' }, 'kubernetes-cut'],
  ['bytes that are no event', { kind: 'garbage', text: '<html>\n' }, 'kubernetes-garbage'],
  ['an end at once', { kind: 'garbage', text: '' }, 'kubernetes-cut'],
];

for (const [what, fault, code] of REFUSALS)
  test(`the last state stays, marked stale, while a watch is answered by ${what}; then it catches up`, async (t) => {
    const { server, follower, streams, status, churn } = await begin(t);
    const rule = { fault, when: ofPods, times: Number.POSITIVE_INFINITY };
    server.faults.add(rule);
    for (const stream of streams()) stream.cut();
    churn();
    await until('it is stale', () => status().stale?.code === code);
    assert.equal(status().objects, 3);
    assert.equal(follower.last().isSynced, true);
    assert.ok(follower.objects.has('pods/shop/b'), 'an error is never empty');
    assert.ok(follower.log.some((line) => line.includes(code)));
    server.faults.clear();
    await follower.agrees(server, 'pods/shop');
    await until('it is current', () => status().stale === undefined);
  });

test('Retry-After is honoured, and the watch goes on where it was', async (t) => {
  const waits: number[] = [];
  const delay = (ms: number): Promise<void> => {
    waits.push(ms);
    return Promise.resolve();
  };
  const { server, follower, streams, churn, isRelisted, podRequests } = await begin(t, {
    delay,
    shortMs: 0,
  });
  server.faults.add({ fault: tooManyRequests(7), when: ofPods });
  const known = podRequests().length;
  for (const stream of streams()) stream.cut();
  churn();
  await follower.agrees(server, 'pods/shop');
  assert.deepEqual(waits, [7000]);
  assert.ok(!isRelisted(known));
});

test('an API server that is away is found again, and nothing was lost meanwhile', async (t) => {
  const { server, follower, status, churn, isRelisted } = await begin(t);
  await server.close();
  await until('it is stale', () => status().stale?.code === 'kubernetes-unreachable');
  churn();
  assert.equal(follower.objects.size, 4 + 3);
  const again = await startApiServer(t, { port: server.port, store: server.store });
  again.store.put('pods', pod('shop', 'z'));
  await follower.agrees(again, 'pods/shop', 'configmaps/lb');
  assert.ok(!isRelisted(1));
});

for (const [what, line] of [
  ['a line that is not JSON', '{"type":"MODIFIED","obj\n'],
  [
    'an event of an unknown type',
    '{"type":"RENAMED","object":{"metadata":{"resourceVersion":"9999"}}}\n',
  ],
  [
    'an event without a version',
    '{"type":"ADDED","object":{"metadata":{"name":"x","namespace":"shop"}}}\n',
  ],
  [
    'an event without a name',
    '{"type":"ADDED","object":{"metadata":{"resourceVersion":"9999"}}}\n',
  ],
] as const)
  test(`${what} tears the watch down and lists again: no event is dropped in silence`, async (t) => {
    const { server, follower, streams, podRequests, isRelisted } = await begin(t);
    const known = podRequests().length;
    for (const stream of streams()) stream.say(line);
    await until('everything is listed again', () => isRelisted(known));
    server.store.put('pods', pod('shop', 'after'));
    await follower.agrees(server, 'pods/shop');
  });

test('an event in pieces, a byte at a time, and text with line separators of Unicode', async (t) => {
  const { server, follower, streams, podRequests } = await begin(t);
  const known = podRequests().length;
  server.store.tick();
  const text = 'ünï\u2028\u2029\u0085🎉';
  const metadata = {
    name: 'slow',
    namespace: 'shop',
    resourceVersion: String(server.store.version),
  };
  const line = Buffer.from(`${JSON.stringify({ type: 'ADDED', object: { metadata, text } })}\n`);
  for (const byte of line) for (const stream of streams()) stream.say(Buffer.from([byte]));
  await until('it came', () => follower.objects.has('pods/shop/slow'));
  assert.equal(JSON.parse(follower.objects.get('pods/shop/slow') ?? '').text, text);
  assert.equal(podRequests().length, known);
});
