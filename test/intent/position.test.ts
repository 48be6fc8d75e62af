import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hashIntent } from '../../functions/core/intent.ts';
import { chooseForFeeds, feedsOf, statesOf } from '../../functions/core/inputs/from-manifests.ts';
import { readManifests } from '../../functions/core/manifests.ts';
import type { Change } from '../../functions/core/objects.ts';
import type { History } from '../../functions/core/revision.ts';
import { packRollout, type Rollout } from '../../functions/core/rollout.ts';
import { decideLeave } from '../../functions/intent/leave.ts';
import { createMemoryHistory } from '../../functions/intent/memory-history.ts';
import type { AsOf } from '../../functions/wire/as-of.ts';
import { configMap, put } from '../kit/objects.ts';
import { until } from '../kit/until.ts';
import { config, type Data, service, services, startJudged, TEMPLATE } from './judged.ts';

const GOOD: Data = { web: service('web') };
const LATER: Data = { ...GOOD, later: service('later') };

const at = (versions: Readonly<Record<string, number>>): AsOf =>
  Object.fromEntries(
    Object.entries(versions).map(([name, version]) => [
      `configmaps/lb.${name}`,
      { lo: `${version}`, hi: `${version}` },
    ]),
  );

const rolloutMap = (rollout: Rollout) => put(configMap('rollout', packRollout(rollout)));

/** The configuration that a poller gets that has seen this much, as soon as it gets one. */
function textFor({ ask }: Pick<ReturnType<typeof startJudged>, 'ask'>, seen: AsOf) {
  return until('it is answered', async () => {
    const answer = await ask({ seen, waitMs: 5_000 });
    return answer.kind === 'bundle' ? answer.publication.config : undefined;
  });
}

/** A replica that has served two revisions, and been told that people pinned the first. */
async function startPinned(t: Parameters<typeof startJudged>[0]) {
  const history = createMemoryHistory(10);
  const replica = startJudged(t, { history });
  const { deliver, text, publisher } = replica;
  deliver([services(GOOD), config({ template: TEMPLATE })], at({ services: 100, rollout: 100 }));
  await text();
  deliver([services(LATER)], at({ services: 110, rollout: 100 }));
  await until('the second is served', async () => (await text()).includes('backend later'));
  await replica.judged();
  const pinned = hashIntent({ services: GOOD, config: { template: TEMPLATE } });
  const rollout = await history.steer((before) => ({ ...before, pinned }));
  deliver([rolloutMap(rollout)], at({ services: 110, rollout: 120 }));
  await until('it is pinned', () => publisher.status().intent.state === 'pinned');
  return { ...replica, history };
}

test('whoever has seen newer ConfigMaps or the pin itself gets what is pinned', async (t) => {
  const replica = await startPinned(t);
  const seen = at({ services: 130, rollout: 120 });
  replica.deliver([services({ ...LATER, third: service('third') })], seen);
  assert.doesNotMatch(await textFor(replica, seen), /later|third/);
});

test('whoever has seen that the ConfigMaps count again does not get what was pinned', async (t) => {
  const replica = await startPinned(t);
  const rollout = await replica.history.steer(({ pinned: _, ...before }) => before);
  const seen = at({ services: 110, rollout: 140 });
  replica.deliver([rolloutMap(rollout)], seen);
  assert.match(await textFor(replica, seen), /backend later/);
});

test('whoever has seen a pin does not get what was served before it', async (t) => {
  const replica = await startPinned(t);
  const pinned = hashIntent({ services: LATER, config: { template: TEMPLATE } });
  const rollout = await replica.history.steer((before) => ({ ...before, pinned }));
  const seen = at({ services: 110, rollout: 140 });
  replica.deliver([rolloutMap(rollout)], seen);
  assert.match(await textFor(replica, seen), /backend later/);
  assert.equal(replica.publisher.status().intent.state, 'pinned');
});

const INPUTS = 'routes: {apiVersion: networking.k8s.io/v1, kind: Ingress, fields: [spec]}';
const FEEDS = feedsOf({ 'inputs.yaml': INPUTS });
const ROUTED = `${TEMPLATE}{% for route in inputs.routes %}\nbackend of-{{ route.spec.port }}\n{% endfor %}`;

const route = (port: number) =>
  chooseForFeeds(
    readManifests(
      JSON.stringify({
        apiVersion: 'networking.k8s.io/v1',
        kind: 'Ingress',
        metadata: { name: 'a', namespace: 'shop' },
        spec: { port },
      }),
      'x',
    ).any,
    FEEDS,
  );

const routesAt = (version: number): AsOf => ({
  [`${FEEDS[0]?.id}/shop`]: { lo: `${version}`, hi: `${version}` },
});

/** A replica that has an input of objects that people write, at its first. */
async function startRouted(
  t: Parameters<typeof startJudged>[0],
  options: Parameters<typeof startJudged>[1] = {},
) {
  const replica = startJudged(t, options);
  const { publisher, text } = replica;
  const give = (changes: readonly Change[], asOf: AsOf) => {
    publisher.deliver({ changes, asOf, isSynced: true, unread: [], feeds: statesOf(FEEDS) });
    return asOf;
  };
  const routed = config({ template: ROUTED, 'inputs.yaml': INPUTS });
  give([services(GOOD), routed, ...route(1)], { ...at({ services: 100 }), ...routesAt(100) });
  await until('it is served', async () => {
    return publisher.status().isReady && (await text()).includes('of-1');
  });
  await replica.judged();
  return { ...replica, give };
}

test('whoever has seen a newer object of an input that is intent does not get what was served before it', async (t) => {
  const { give, ...replica } = await startRouted(t);
  const seen = give(route(2), routesAt(110));
  assert.match(await textFor(replica, seen), /backend of-2/);
});

test('a replica that lags in objects that people write does not take the fleet back to those that it knows', async (t) => {
  const memory = createMemoryHistory(10);
  const stables: string[] = [];
  let asked = 0;
  const history: History = {
    ...memory,
    async steer(change) {
      const after = await memory.steer(change);
      asked++;
      if (after.stable && after.stable !== stables.at(-1)) stables.push(after.stable);
      return after;
    },
  };
  const ahead = await startRouted(t, { history });
  const behind = await startRouted(t, { history });
  const isServed = (name: string) =>
    until(`${name} is served`, async () => (await ahead.text()).includes(`backend ${name}`));
  ahead.give(route(2), { ...at({ services: 100 }), ...routesAt(110) });
  await isServed('of-2');
  const later = [services(LATER)];
  ahead.give(later, { ...at({ services: 120 }), ...routesAt(110) });
  await isServed('later');
  const before = asked;
  behind.give(later, { ...at({ services: 120 }), ...routesAt(100) });
  await until('it has asked to serve what it knows', () => asked > before);
  behind.give(route(2), { ...at({ services: 120 }), ...routesAt(110) });
  await until('it has come as far', async () => (await behind.text()).includes('of-2'));
  await behind.judged();
  assert.equal(stables.length, 3, 'the first, that of the newer object, that of the newer service');
});

test('what a replica holds back falls back to what the fleet runs, whatever it last judged good itself', async (t) => {
  const history = createMemoryHistory(10);
  const { publisher, text, judged, held } = startJudged(t, { history });
  const reached: { [name: string]: number } = {};
  const give = (name: 'services' | 'config', data: Data, version: number) => {
    const { metadata, ...map } = configMap(name, data);
    reached[name] = version;
    const change = put({ ...map, metadata: { ...metadata, resourceVersion: `${version}` } });
    publisher.deliver({ changes: [change], asOf: at(reached), isSynced: true, unread: [] });
  };
  give('config', { template: TEMPLATE }, 100);
  give('services', GOOD, 101);
  await until('it is served', () => publisher.status().isReady);
  await judged();
  give('services', { ...GOOD, bad: '{' }, 110);
  await until('something is held back', () => held().length === 1);
  // Another replica serves a newer template, which this one has not seen yet.
  const newer = { services: GOOD, config: { template: `${TEMPLATE}\nbackend newer\n` } };
  const hash = hashIntent(newer);
  await history.record({ hash, intent: newer, at: '', by: [], held: [] });
  const versions = at({ services: 110, config: 120 });
  publisher.steer(await history.steer((before) => ({ ...before, stable: hash, versions })));
  await until('it waits for that', () => publisher.status().intent.state === 'checking');
  give('services', GOOD, 130);
  await until('nothing is held back', () => held().length === 0);
  await judged();
  give('config', { template: '{% if' }, 140);
  await until('the bad template is held back', () => held().join() === 'config');
  await judged();
  assert.equal((await history.rollout()).stable, hash);
  await until('that is served', async () => (await text()).includes('backend newer'));
});

test('where a replica sees less or no more of a feed than the others have written, nothing is written', () => {
  const intent = { services: GOOD };
  const before = { stable: hashIntent(intent), versions: routesAt(130), isPaused: false };
  const decide = (lo: number, hi: number) =>
    decideLeave(
      before,
      {
        ...{ intent, held: [], base: undefined, hasWaited: false, isOutdated: () => false },
        versions: { [`${FEEDS[0]?.id}/shop`]: { lo: `${lo}`, hi: `${hi}` } },
      },
      { stages: undefined },
    );
  assert.deepEqual(decide(120, 150), { kind: 'serve', after: before });
  assert.deepEqual(decide(120, 129), { kind: 'behind', after: before });
  assert.deepEqual(decide(140, 150).after.versions, routesAt(140));
});

test('people who pause while an intent is on trial hold the fleet to what it runs', async (t) => {
  const history = createMemoryHistory(10);
  const { deliver, text, publisher, judged } = startJudged(t, { history });
  deliver([services(GOOD), config({ template: TEMPLATE })]);
  await text();
  await judged();
  const rollout = await history.steer((before) => ({ ...before, isPaused: true }));
  deliver([services(LATER)]);
  await until('it is kept', async () => (await history.list()).length === 2);
  publisher.steer(rollout);
  await until('it is paused', () => publisher.status().intent.state === 'paused');
  assert.doesNotMatch(await text(), /backend later/);
});

test('where somebody deletes the object, what the fleet runs is written anew', async (t) => {
  const history = createMemoryHistory(10);
  const { deliver, text, publisher, judged } = startJudged(t, { history });
  deliver([services(GOOD), config({ template: TEMPLATE })]);
  await text();
  await judged();
  const { stable } = await history.rollout();
  publisher.steer(await history.steer(() => ({ isPaused: false })));
  await until('it is there', async () => (await history.rollout()).stable === stable);
});

test('a pin whose revision cannot be read now is tried again', async (t) => {
  const memory = createMemoryHistory(10);
  let isAway = false;
  const history = {
    ...memory,
    list: async () => {
      if (isAway) throw new Error('the API server is away');
      return memory.list();
    },
  };
  const { deliver, text, publisher, judged } = startJudged(t, { history });
  deliver([services(GOOD), config({ template: TEMPLATE })]);
  await text();
  deliver([services(LATER)]);
  await until('the second is served', async () => (await text()).includes('backend later'));
  await judged();
  const pinned = hashIntent({ services: GOOD, config: { template: TEMPLATE } });
  isAway = true;
  publisher.steer(await memory.steer((before) => ({ ...before, pinned })));
  await until('it is said', () => publisher.status().intent.history?.includes('is away'));
  isAway = false;
  await until('it is back', async () => !(await text()).includes('backend later'));
});
