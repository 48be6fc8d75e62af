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

/** Fails on a pod without the label that the service names as `port`. */
const PORTS = TEMPLATE.replace(
  ':{{ service.port }}',
  ':{{ pod.metadata.labels[service.port].strip() }}',
);
const onPods = (port: string) => service('web', { port, backend: port });
const withPorts = (name: string, ip: string, labels: Record<string, string>) =>
  put(pod({ name, ip, labels: { app: 'web', ...labels } }));

test('pods that the template fails on for one service stay in the others that select them', async (t) => {
  const replica = startPublisher(t);
  const { deliver, text } = replica;
  const both = { http: '8080', metrics: '8080' };
  deliver([
    services({ http: onPods('http'), metrics: onPods('metrics') }),
    config({ template: PORTS }),
    withPorts('web-1', '10.1.1.1', both),
    withPorts('web-2', '10.1.1.2', both),
  ]);
  assert.match(await text(), /server web-2 10.1.1.2:8080\nbackend metrics\n {2}server web-1/);
  deliver(['3', '4'].map((n) => withPorts(`web-${n}`, `10.1.1.${n}`, { http: '8080' })));
  deliver(['1', '2'].map((n) => gone(withPorts(`web-${n}`, '', {}))));
  const http = /backend http\n {2}server web-3 10.1.1.3:8080\n {2}server web-4 10.1.1.4:8080\n/;
  await until('today’s pods are served', async () => http.test(await text()));
  assert.doesNotMatch(await text(), /backend metrics\n {2}server/);
  assert.deepEqual(places(replica), ['pods/shop/web-3', 'pods/shop/web-4']);
});

test('a pod that is bad in many services is left out of them, and all else goes on', async (t) => {
  const replica = startPublisher(t);
  const { deliver, text } = replica;
  const names = Array.from({ length: 20 }, (_, i) => `host-${i}`);
  const data = Object.fromEntries(names.map((name) => [name, service('web', { backend: name })]));
  deliver([services(data), config({ template: SHARING }), ...GOOD]);
  await text();
  deliver([podOf('web', 'web-2', '0')]);
  deliver([podOf('web', 'web-3')]);
  const served = async (): Promise<readonly string[]> =>
    (await text()).match(/server web-\d/g) ?? [];
  await until('the good one comes', async () => (await served()).length === 40);
  assert.ok(!(await served()).includes('server web-2'));
  const [diagnostic] = replica.publisher.status().diagnostics;
  const of = 'of services host-0, host-1, host-10 and 17 more';
  assert.ok(diagnostic?.message.startsWith(`pod shop/web-2 is left out ${of}, since`));
  assert.deepEqual(places(replica), ['pods/shop/web-2']);
});

test('each pod that is left out is told with what the template says of it', async (t) => {
  const { deliver, text, publisher } = startPublisher(t);
  const template = TEMPLATE.replace(
    'service.port',
    'pod.metadata.labels[pod.metadata.name].upper()',
  );
  const named = (name: string, label: string) =>
    put(pod({ name, ip: '10.1.1.1', labels: { app: 'web', [label]: '8080' } }));
  deliver([SERVICES, config({ template }), named('web-1', 'web-1')]);
  await text();
  deliver([named('web-2', 'a'), named('web-3', 'b')]);
  await until('they are left out', () => publisher.status().diagnostics.length === 2);
  for (const { where, message } of publisher.status().diagnostics)
    assert.match(message, new RegExp(`'${where.object?.split('/').at(-1)}'$`));
});
