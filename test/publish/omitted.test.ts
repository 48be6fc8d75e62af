import assert from 'node:assert/strict';
import { test } from 'node:test';
import { config, service, services, startJudged, TEMPLATE } from '../intent/judged.ts';
import { gone, pod, put } from '../kit/objects.ts';
import { until } from '../kit/until.ts';
import { startPublisher } from './start.ts';

/** Fails on a pod whose label `share` is 0 or no number. */
const SHARING = TEMPLATE.replace(
  ':{{ service.port }}',
  ':{{ service.port }} weight {{ 100 // (pod.metadata.labels.share|int) }}',
);
/** Fails on a service without pods. */
const FIRST = TEMPLATE.replace(
  '{%- for pod in service.pods.values() %}',
  '  # first {{ (service.pods.values()|list)[0].metadata.name }}\n{%- for pod in service.pods.values() %}',
);
const SERVICES = services({ api: service('api'), web: service('web') });

const podOf = (app: string, name: string, share = '2') =>
  put(pod({ name, ip: '10.1.1.1', labels: { app, share } }));
const GOOD = [podOf('api', 'api-1'), podOf('web', 'web-1')];

const places = ({ publisher }: Pick<ReturnType<typeof startPublisher>, 'publisher'>) =>
  publisher
    .status()
    .diagnostics.map(({ where: { object, key } }) => [object, key].join(' ').trim());

test('a pod that the template fails on is left out alone, and comes back as it is mended', async (t) => {
  const replica = startJudged(t);
  const { deliver, text, publisher, judged, lines } = replica;
  deliver([SERVICES, config({ template: SHARING }), ...GOOD]);
  await text();
  await judged();
  deliver([podOf('web', 'web-2', 'none')]);
  deliver([podOf('api', 'api-2')]);
  await until('other pods come', async () => (await text()).includes('server api-2'));
  assert.match(await text(), /server web-1 /);
  assert.doesNotMatch(await text(), /web-2/);
  assert.deepEqual(places(replica), ['pods/shop/web-2']);
  assert.match(publisher.status().diagnostics[0]?.message ?? '', /template, line 14\): .*zero/);
  assert.ok(lines.some((line) => line.includes('left out') && line.includes('pods/shop/web-2')));
  deliver([podOf('web', 'web-2', '4')]);
  await until('it comes', async () => (await text()).includes('server web-2'));
  assert.deepEqual(places(replica), []);
});

test('many pods that the template fails on are left out, and the others of their service stay', async (t) => {
  const replica = startPublisher(t);
  const { deliver, text } = replica;
  deliver([SERVICES, config({ template: SHARING }), ...GOOD]);
  await text();
  const names = Array.from({ length: 6 }, (_, i) => `bad-${i}`);
  deliver([...names.map((name) => podOf('web', name, '0')), podOf('api', 'api-2')]);
  await until('other pods come', async () => (await text()).includes('server api-2'));
  assert.match(await text(), /server web-1 /);
  assert.deepEqual(
    places(replica),
    names.map((name) => `pods/shop/${name}`),
  );
});

test('a service whose last pod leaves, and that the template fails on then, is left out alone until there is one', async (t) => {
  const replica = startPublisher(t);
  const { deliver, text } = replica;
  const [, web = assert.fail()] = GOOD;
  deliver([SERVICES, config({ template: FIRST }), ...GOOD]);
  assert.match(await text(), /backend web/);
  deliver([gone(web), podOf('api', 'api-2')]);
  await until('other pods come', async () => (await text()).includes('server api-2'));
  assert.doesNotMatch(await text(), /backend web/);
  assert.deepEqual(places(replica), ['configmaps/lb/services web']);
  deliver([web]);
  await until('it is back', async () => (await text()).includes('backend web'));
  assert.deepEqual(places(replica), []);
});

test('a replica that starts meanwhile gives the same', async (t) => {
  const [one, other] = [startPublisher(t), startPublisher(t)];
  one.deliver([SERVICES, config({ template: SHARING }), ...GOOD]);
  await one.text();
  const bad = podOf('web', 'web-2', '0');
  one.deliver([bad]);
  await until('it is left out', () => places(one).length === 1);
  other.deliver([SERVICES, config({ template: SHARING }), ...GOOD, bad]);
  assert.equal(await other.etag(), await one.etag());
});

test('beside a pod that the template fails on, good intents pass, and bad ones are held back for themselves', async (t) => {
  const replica = startJudged(t);
  const { deliver, text, judged, held } = replica;
  deliver([SERVICES, config({ template: SHARING }), ...GOOD]);
  await text();
  await judged();
  deliver([podOf('web', 'web-2', '0')]);
  await until('it is left out', () => places(replica).length === 1);
  const more = { api: service('api'), web: service('web', { port: 8081 }), new: service('new') };
  deliver([services(more)]);
  await until('a good one is served', async () => (await text()).includes('backend new'));
  await judged();
  assert.deepEqual(held(), []);
  deliver([services({ ...more, bad: service('bad', { hostnames: ['x } { bad'] }) })]);
  await judged();
  assert.deepEqual(held(), ['services/bad']);
  deliver([config({ template: SHARING.replace('share', 'missing') })]);
  await until('it is judged', () => held().length === 2);
  assert.deepEqual(held(), ['config', 'services/bad']);
  assert.match(await text(), /server web-1 10.1.1.1:8081 weight 50/);
});

test('a template that fails on everything is the one to blame', async (t) => {
  const { deliver, text, judged, held } = startJudged(t);
  deliver([SERVICES, config({ template: TEMPLATE }), ...GOOD]);
  await text();
  await judged();
  for (const template of [FIRST.replace('[0]', '[9]'), SHARING.replace('share', 'missing')]) {
    deliver([config({ template })]);
    await judged();
    assert.deepEqual(held(), ['config']);
  }
  assert.match(await text(), /server web-1 /);
});
