import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hashIntent } from '../../functions/core/intent.ts';
import { createFolderHistory } from '../../functions/folder/history.ts';
import { folder } from '../kit/folder.ts';
import { configMap, pod, put } from '../kit/objects.ts';
import { until } from '../kit/until.ts';
import { config, type Data, service, services, startJudged, TEMPLATE } from './judged.ts';

const GOOD: Data = { api: service('api'), web: service('web') };
const intentOf = (data: Data, template = TEMPLATE) => ({ services: data, config: { template } });
const POD = put(pod({ name: 'w', ip: '10.1.1.1', labels: { app: 'web' } }));

test('a replica that starts while the newest intent is bad serves the last good one with the pods of today', async (t) => {
  const history = createFolderHistory({ folder: await folder(), limit: 10 });
  const first = startJudged(t, { history });
  first.deliver([services(GOOD), config({ template: TEMPLATE })]);
  await first.text();
  await until('it is kept', async () => (await history.rollout()).stable !== undefined);
  first.publisher.stop();

  const second = startJudged(t, { history });
  second.deliver([services(GOOD), config({ template: '{% broken' }), POD]);
  assert.match(await second.text(), /server w 10\.1\.1\.1:8080/);
  await second.judged();
  assert.deepEqual(second.held(), ['config']);
  assert.match(await second.text(), /backend web/);
});

test('a replica whose last collection to be read is empty serves what the fleet runs all the same', async (t) => {
  const history = createFolderHistory({ folder: await folder(), limit: 10 });
  const first = startJudged(t, { history });
  first.deliver([services(GOOD), config({ template: TEMPLATE })]);
  const expected = await first.text();
  await until('it is kept', async () => (await history.rollout()).stable !== undefined);
  first.publisher.stop();

  const second = startJudged(t, { history });
  second.deliver([services(GOOD), config({ template: TEMPLATE })], {}, false);
  await until('it knows what the fleet runs', () =>
    second.lines.some((line) => line.includes('serving another intent')),
  );
  second.deliver([]);
  assert.equal(await until('it serves', () => second.text().catch(() => undefined)), expected);
});

test('what was held back stays at the same value after a restart', async (t) => {
  const history = createFolderHistory({ folder: await folder(), limit: 10 });
  const bad = service('web', { hostnames: ['x } { bad'] });
  const first = startJudged(t, { history });
  first.deliver([services(GOOD), config({ template: TEMPLATE })]);
  await first.text();
  first.deliver([services({ web: bad, new: service('new') })]);
  await until('the rest is kept', async () => (await history.list()).length === 2);
  await until('the rest is served', async () => (await first.text()).includes('backend new'));
  const etag = await first.etag();
  first.publisher.stop();

  const second = startJudged(t, { history });
  second.deliver([services({ web: bad, new: service('new') }), config({ template: TEMPLATE })]);
  await second.judged();
  assert.deepEqual(second.held(), ['services/web']);
  assert.equal(await second.etag(), etag);
});

test('a pinned revision is served whatever the ConfigMaps say, with endpoints flowing, until it is let go', async (t) => {
  const history = createFolderHistory({ folder: await folder(), limit: 10 });
  const { deliver, text, publisher, judged } = startJudged(t, { history });
  deliver([services(GOOD), config({ template: TEMPLATE })]);
  await text();
  deliver([services({ ...GOOD, wrong: service('wrong') })]);
  await until('both are kept', async () => (await history.list()).length === 2);
  const pinned = hashIntent(intentOf(GOOD));
  publisher.steer(await history.steer((rollout) => ({ ...rollout, pinned })));
  await until('the first is back', async () => !(await text()).includes('backend wrong'));
  await until('it is pinned', () => publisher.status().intent.state === 'pinned');
  deliver([services({ ...GOOD, another: service('another') }), POD]);
  await until('a pod comes', async () => (await text()).includes('server w 10.1.1.1'));
  assert.doesNotMatch(await text(), /another/);
  publisher.steer(await history.steer(({ pinned: _, ...rollout }) => rollout));
  await until('the newest counts again', async () => (await text()).includes('backend another'));
  await judged();
  assert.equal(publisher.status().intent.state, 'good');
});

test('a paused rollout takes no newer intent, and a replica that starts meanwhile serves what the fleet runs', async (t) => {
  const history = createFolderHistory({ folder: await folder(), limit: 10 });
  const { deliver, text, publisher } = startJudged(t, { history });
  deliver([services(GOOD), config({ template: TEMPLATE })]);
  await text();
  await until('it is kept', async () => (await history.rollout()).stable !== undefined);
  publisher.steer(await history.steer((rollout) => ({ ...rollout, isPaused: true })));
  await until('it is paused', () => publisher.status().intent.state === 'paused');
  deliver([services({ ...GOOD, later: service('later') }), POD]);
  await until('a pod comes', async () => (await text()).includes('server w 10.1.1.1'));
  assert.doesNotMatch(await text(), /later/);
  const second = startJudged(t, { history });
  second.deliver([
    services({ ...GOOD, later: service('later') }),
    config({ template: TEMPLATE }),
    POD,
  ]);
  assert.equal(await second.etag(), await publisherEtag(publisher));
  publisher.steer(await history.steer((rollout) => ({ ...rollout, isPaused: false })));
  await until('it goes on', async () => (await text()).includes('backend later'));
});

const publisherEtag = async (publisher: ReturnType<typeof startJudged>['publisher']) =>
  publisher.status().variants[0]?.etag;

test('manifests of an earlier export are served as soon as others', async (t) => {
  const { deliver, text } = startJudged(t);
  const exported = (data: Data, resourceVersion: string) => {
    const { metadata, ...map } = configMap('services', data);
    return put({ ...map, metadata: { ...metadata, resourceVersion } });
  };
  deliver([exported(GOOD, '900'), config({ template: TEMPLATE })]);
  await text();
  deliver([exported({ ...GOOD, earlier: service('earlier') }, '100')]);
  const isServed = async () => (await text()).includes('backend earlier');
  await until('it is served, without waiting for a version 900', isServed, 20_000);
});

test('replicas that came to other last good values end in agreement', async (t) => {
  const history = createFolderHistory({ folder: await folder(), limit: 10 });
  const [one, other] = [startJudged(t, { history }), startJudged(t, { history })];
  for (const replica of [one, other]) {
    replica.deliver([services(GOOD), config({ template: TEMPLATE })]);
    await replica.text();
  }
  await until('it is kept', async () => (await history.rollout()).stable !== undefined);
  const second = service('web', { port: 8081 });
  const bad = service('web', { hostnames: ['x } { bad'] });
  one.deliver([services({ ...GOOD, web: second })]);
  await one.judged();
  // The other one never sees what was good in between.
  for (const replica of [one, other]) replica.deliver([services({ ...GOOD, web: bad })]);
  await until('both hold it back', () =>
    [one, other].every(({ held }) => held().join() === 'services/web'),
  );
  await until('both serve the same', async () => {
    const rollout = await history.rollout();
    for (const { publisher } of [one, other]) publisher.steer(rollout);
    return (await one.etag()) === (await other.etag());
  });
});

test('where the history cannot be used, that is said, and intents are served all the same', async (t) => {
  const broken = async () => {
    throw new Error('the disk is gone');
  };
  const history = {
    list: broken,
    has: broken,
    record: broken,
    mark: broken,
    restore: broken,
    prune: broken,
    rollout: broken,
    steer: broken,
  };
  const { deliver, text, publisher } = startJudged(t, { history });
  deliver([services(GOOD), config({ template: TEMPLATE })]);
  assert.match(await text(), /backend web/);
  await until('it is said', () => publisher.status().intent.history?.includes('the disk is gone'));
});
