import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TIMING } from '../../functions/kubernetes/timing.ts';
import type { ApiRequest } from '../apiserver/request.ts';
import { type ApiServer, startApiServer } from '../apiserver/server.ts';
import { failure } from '../apiserver/status.ts';
import { until } from '../kit/until.ts';
import { begin, isWholeList } from './disturbed.ts';
import { createIdleClock } from './idle-clock.ts';
import { configMap } from './objects.ts';

const OUTAGE_MS = 40_000;
const SOON_MS = 2000;
const { backoff, shortMs } = TIMING;

/** What was listed, a name for each list. */
const listed = ({ requests }: ApiServer): string[] =>
  requests
    .filter(isWholeList)
    .map(({ resource, query }) => `${resource} ${query.get('fieldSelector') ?? ''}`);

/**
 * A follower that waits as long as it ever may, on a clock that goes on when nobody has anything else to do.
 *
 * @param watchedMs for how long its watches are open at first; from `shortMs` on they have been good
 */
async function beginIdle(t: Parameters<typeof begin>[0], watchedMs = shortMs) {
  const clock = createIdleClock();
  const { now, delay } = clock;
  const all = await begin(t, { now, delay, random: () => 1, backoff, shortMs });
  const collections = all.follower.source.status().length;
  await until('all watch', () => all.server.streams.size === collections);
  /** While the server is away all collections wait, and so does whoever sends one of them ahead. */
  const everybody = collections + 1;
  clock.step(watchedMs);
  /** Lets time pass to a moment, with the server away. */
  const pass = async (to: number): Promise<void> => {
    while (clock.now() < to) {
      // Nobody is sent ahead as long as nobody has found the server away.
      await until('everybody waits', () => clock.sleepers() >= collections);
      clock.step(to);
    }
  };
  /** Lets time pass only where nothing else brings it on; gives when the follower has all that the server has. */
  const agreed = async (server: ApiServer): Promise<number> => {
    let isDone = false;
    const end = all.follower.agrees(server, 'pods/shop', 'configmaps/lb').then(() => {
      isDone = true;
    });
    await until('it agrees', () => {
      if (!isDone && clock.sleepers() === everybody) clock.step();
      return isDone;
    });
    await end;
    return clock.now();
  };
  return { ...all, collections, clock, pass, agreed };
}

/** A follower whose server has been away for 40 s, and has other objects now. */
async function outlast(t: Parameters<typeof begin>[0], watchedMs = shortMs) {
  const idle = await beginIdle(t, watchedMs);
  const { server, clock, pass, churn } = idle;
  const over = clock.now() + OUTAGE_MS;
  await server.close();
  await pass(over);
  churn();
  const comeBack = () => startApiServer(t, { port: server.port, store: server.store });
  const assertSoon = (agreedAt: number): void => {
    const tookMs = agreedAt - over;
    assert.ok(tookMs <= SOON_MS, `${tookMs} ms`);
  };
  return { ...idle, comeBack, assertSoon };
}

for (const goneByStatus of [true, false])
  test(`after an outage of 40 s that the history did not outlive (410 ${goneByStatus ? 'as a status' : 'as an event'}), all is current within 2 s, by one list each`, async (t) => {
    const { collections, server, agreed, comeBack, assertSoon } = await outlast(t);
    server.store.put('configmaps', configMap('config', { template: 'defaults\n' }));
    server.store.compact();
    const again = await comeBack();
    again.goneByStatus = goneByStatus;
    assertSoon(await agreed(again));
    await until('all are listed', () => listed(again).length === collections);
    assert.equal(new Set(listed(again)).size, collections, listed(again).join());
  });

test('after an outage that the history outlived, all is current within 2 s, without a list', async (t) => {
  const { collections, agreed, comeBack, assertSoon } = await outlast(t);
  const again = await comeBack();
  assertSoon(await agreed(again));
  await until('all watch', () => again.streams.size === collections);
  assert.deepEqual(listed(again), []);
});

test('after an outage that cuts watches just opened, all is current within 2 s, too', async (t) => {
  const { agreed, comeBack, assertSoon } = await outlast(t, 0);
  assertSoon(await agreed(await comeBack()));
});

test('while the server is away it is knocked at about every second, not by each collection', async (t) => {
  const { server, clock, pass } = await beginIdle(t);
  await server.close();
  let knocks = 0;
  const again = await startApiServer(t, { port: server.port, store: server.store });
  again.faults.add({
    fault: { kind: 'answer', answer: failure(502, '', 'bad gateway') },
    when: () => ++knocks > 0,
    times: Number.POSITIVE_INFINITY,
  });
  await pass(clock.now() + 60_000);
  knocks = 0;
  await pass(clock.now() + 60_000);
  assert.ok(knocks >= 60 && knocks <= 80, `${knocks} in a minute`);
});

test('a server that is back and refuses at first is asked again soon: its refusals are no part of the outage', async (t) => {
  const { collections, clock, agreed, comeBack, assertSoon } = await outlast(t);
  const again = await comeBack();
  again.faults.add({
    fault: { kind: 'answer', answer: failure(403, 'Forbidden', 'no rules are known yet') },
    times: collections,
  });
  const end = agreed(again);
  await until('all were refused', () => again.requests.length === collections);
  clock.step();
  assertSoon(await end);
});

test('a try that hangs in a network that was cut is given up as soon as another one gets through', async (t) => {
  const { collections, server, clock, streams } = await beginIdle(t);
  const forever = { times: Number.POSITIVE_INFINITY };
  const isOfPods = ({ resource }: ApiRequest) => resource === 'pods';
  server.faults.add({ fault: { kind: 'reset' }, when: isOfPods, ...forever });
  server.faults.add({ fault: { kind: 'silence' }, ...forever });
  const known = server.requests.length;
  const hanging = () => server.requests.slice(known).filter((request) => !isOfPods(request));
  for (const stream of [...server.streams, ...streams()]) stream.cut();
  await until('the others hang', () => hanging().length === collections - 1);
  await until('the pods wait', () => clock.sleepers() === 2);
  server.faults.clear();
  const told = performance.now();
  await until('all watch', () => {
    if (server.streams.size < collections) clock.step();
    return server.streams.size === collections;
  });
  assert.ok(performance.now() - told < 10_000, 'they were not waited for');
});

test('a collection that alone is answered by nothing is not helped by what the others get', async (t) => {
  const { server, clock, streams, status } = await beginIdle(t);
  const began = clock.now();
  const rule = { fault: { kind: 'reset' }, times: Number.POSITIVE_INFINITY } as const;
  server.faults.add({ ...rule, when: ({ resource }) => resource === 'pods' });
  const tries = () => server.requests.filter(({ resource }) => resource === 'pods').length;
  for (const stream of streams()) stream.cut();
  await until('it is stale', () => status().stale !== undefined);
  const before = tries();
  while (clock.now() < began + 60_000) {
    await until('it waits', () => clock.sleepers() === 2);
    clock.step();
  }
  assert.ok(tries() - before <= 7, `${tries() - before} tries in a minute`);
});
