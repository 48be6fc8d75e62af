import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeCertificate } from '../kit/certificate.ts';
import { configMap, pod, put, secret } from '../kit/objects.ts';
import { until } from '../kit/until.ts';
import { config, type Data, service, services, startJudged, TEMPLATE } from './judged.ts';

const BAD = service('bad', { hostnames: ['x } { bad'] });
const GOOD: Data = { api: service('api'), web: service('web') };

const backends = (text: string) => [...text.matchAll(/^backend (.*)$/gm)].map(([, name]) => name);

test('one entry that HAProxy refuses is held back, and everything else goes on', async (t) => {
  const { deliver, text, held, judged, publisher } = startJudged(t);
  deliver([services(GOOD), config({ template: TEMPLATE })]);
  await text();
  deliver([services({ ...GOOD, bad: BAD, new: service('new') })]);
  await judged();
  await until('the rest is served', async () => (await text()).includes('backend new'));
  assert.deepEqual(held(), ['services/bad']);
  assert.deepEqual(backends(await text()), ['api', 'new', 'web']);
  const [diagnostic] = publisher.status().diagnostics;
  assert.deepEqual(
    [diagnostic?.code, diagnostic?.where.object, diagnostic?.where.key],
    ['haproxy-refuses', 'configmaps/lb/services', 'bad'],
  );
  deliver([put(pod({ name: 'w', ip: '10.1.1.1', labels: { app: 'web' } }))]);
  await until('a pod comes', async () => (await text()).includes('server w 10.1.1.1:8080'));
  deliver([services({ ...GOOD, bad: service('bad') })]);
  await until('it is mended', async () => (await text()).includes('backend bad'));
  assert.deepEqual(held(), []);
  assert.deepEqual(publisher.status().diagnostics, []);
});

test('what HAProxy refuses is told with the place of the template that gave the line, service and pod', async (t) => {
  const { deliver, text, judged, publisher } = startJudged(t);
  const template = `{% macro server(pod, options) %}server {{ pod.metadata.name }} {{ pod.status.podIP }}:1 {{ options|words }}{% endmacro %}${TEMPLATE}
{%- for service in services %}
listen tcp-{{ service.name }}
  bind 127.0.0.1:{{ loop.index + 9000 }}
{%- for pod in service.pods.values() %}
  {{ server(pod, service.options) }}
{%- endfor %}
{%- endfor %}
`;
  const ours = put(pod({ name: 'bad-1', ip: '10.1.1.1', labels: { app: 'bad' } }));
  deliver([services(GOOD), config({ template }), ours]);
  await text();
  deliver([services({ ...GOOD, bad: service('bad', { options: 'nonsense' }) })]);
  await judged();
  const [diagnostic] = publisher.status().diagnostics;
  const { delivered, message = '', where } = diagnostic ?? {};
  assert.deepEqual([where?.object, where?.key], ['configmaps/lb/services', 'bad']);
  assert.equal(delivered?.path, 'haproxy.cfg');
  assert.equal(delivered?.text, '  server bad-1 10.1.1.1:1 nonsense');
  const origin = { key: 'template', line: 1, column: 33, service: 'bad' };
  const way = [{ kind: 'macro', name: 'server', key: 'template', line: 22, column: 6 }];
  assert.deepEqual(delivered?.origin, {
    ...origin,
    pod: { namespace: 'shop', name: 'bad-1' },
    way,
  });
  assert.match(
    message,
    /^HAProxy refuses it at haproxy\.cfg:\d+ \(template:1:33, service bad, pod shop\/bad-1, macro server from template:22:6\): .*nonsense/,
  );
});

test('a line of a template itself is told with the line of the template', async (t) => {
  const { deliver, text, judged, publisher } = startJudged(t);
  deliver([services(GOOD), config({ template: TEMPLATE })]);
  await text();
  deliver([config({ template: `${TEMPLATE}{# #}  no such keyword\n` })]);
  await judged();
  const [diagnostic] = publisher.status().diagnostics;
  const { object, key, line, column, excerpt } = diagnostic?.where ?? {};
  assert.deepEqual([object, key, line, column], ['configmaps/lb/config', 'template', 17, 8]);
  assert.equal(excerpt, '{# #}  no such keyword\n       ^');
});

test('an entry that turns bad stays at its last good value, with the pods of today', async (t) => {
  const { deliver, text, held, judged } = startJudged(t);
  deliver([services(GOOD), config({ template: TEMPLATE })]);
  await text();
  deliver([services({ ...GOOD, web: service('web', { hostnames: ['x } { bad'] }) })]);
  await judged();
  assert.deepEqual(held(), ['services/web']);
  deliver([put(pod({ name: 'w', ip: '10.1.1.1', labels: { app: 'web' } }))]);
  await until('a pod comes', async () => (await text()).includes('server w 10.1.1.1:8080'));
  assert.match(await text(), /web\.example/);
});

test('one bad of 1,000 new entries is found by the line that HAProxy names', async (t) => {
  const { deliver, text, held, judged, publisher } = startJudged(t);
  deliver([services(GOOD), config({ template: TEMPLATE })]);
  await text();
  const many = Array.from({ length: 1000 }, (_, i) => [`s${i}`, service(`s${i}`)]);
  deliver([services({ ...GOOD, ...Object.fromEntries(many), s500: BAD })]);
  await judged();
  assert.deepEqual(held(), ['services/s500']);
  await until('the rest is served', async () => backends(await text()).length === 1001);
  assert.ok(publisher.status().intent.tries.checks <= 12);
});

test('two that are bad each for itself are both held back', async (t) => {
  const { deliver, held, judged, text } = startJudged(t);
  deliver([services(GOOD), config({ template: TEMPLATE })]);
  await text();
  deliver([services({ ...GOOD, a: BAD, b: service('b', { port: 99_999_999 }), c: service('c') })]);
  deliver([put(pod({ name: 'p', ip: '10.1.1.1', labels: { app: 'b' } }))]);
  await judged();
  await until('the rest is served', async () => (await text()).includes('backend c'));
  assert.deepEqual(held(), ['services/a', 'services/b']);
});

test('of two that are bad only together the newer is held back, and comes as the older goes', async (t) => {
  const { deliver, held, judged, text } = startJudged(t);
  deliver([services({ web: service('web') }), config({ template: TEMPLATE })]);
  await text();
  const twin = service('twin', { backend: 'web' });
  deliver([services({ web: service('web'), twin })]);
  await judged();
  assert.deepEqual(held(), ['services/twin']);
  deliver([services({ twin })]);
  await until('it is alone', async () => (await text()).includes('twin.example'));
  assert.deepEqual(held(), []);
});

const BINDING = `${TEMPLATE}
{%- for service in services if service.bind %}
frontend {{ service.name }}
  bind {{ service.bind }}
  default_backend {{ service.name }}
{%- endfor %}
`;
const binding = (name: string, bind: string) => service(name, { bind });

for (const [names, newer, older] of [
  ['equal', '127.0.0.1:8001', '127.0.0.1:8001'],
  ['written otherwise', '*:8001', ':8001'],
  ['in a range', '127.0.0.1:8001', '127.0.0.1:8000-8002,127.0.0.1:9001'],
] as const)
  for (const [place, name] of [
    ['before', 'a'],
    ['behind', 'x'],
  ] as const)
    test(`of two that listen at one address (${names}) the newer is held back, be it ${place} the older in the text`, async (t) => {
      const { deliver, held, judged, text, publisher } = startJudged(t);
      const web = binding('web', older);
      deliver([services({ web }), config({ template: BINDING.replace('8000', '7999') })]);
      await text();
      await judged();
      deliver([services({ web, [name]: binding(name, newer), c: service('c') })]);
      await judged();
      await until('the rest is served', async () => (await text()).includes('backend c'));
      assert.deepEqual(held(), [`services/${name}`]);
      assert.equal(publisher.status().diagnostics[0]?.code, 'bind-shared');
      deliver([services({ web: service('web'), [name]: binding(name, newer) })]);
      await until('it comes', async () => (await text()).includes(`frontend ${name}`));
      assert.deepEqual(held(), []);
    });

test('of two new ones that listen at one address the later is held back, and what did so before stays', async (t) => {
  const { deliver, held, judged, text } = startJudged(t);
  const two = { one: binding('one', ':8001'), two: binding('two', '*:8001') };
  deliver([services(two), config({ template: BINDING })]);
  await text();
  await judged();
  assert.deepEqual(held(), [], 'nobody was there first');
  deliver([services({ ...two, p: binding('p', ':8003'), q: binding('q', '0.0.0.0:8003') })]);
  await judged();
  await until('the rest is served', async () => (await text()).includes('frontend p'));
  assert.deepEqual(held(), ['services/q']);
});

test('an entry that breaks the template itself is held back alone', async (t) => {
  const { deliver, held, judged, text, publisher } = startJudged(t);
  const template = TEMPLATE.replace('{{ service.port }}', '{{ service.port + 0 }}');
  deliver([services(GOOD), config({ template })]);
  deliver([put(pod({ name: 'p', ip: '10.1.1.1', labels: { app: 'x' } }))]);
  await text();
  const keyless = JSON.stringify({ namespace: 'shop', selector: { app: 'x' } });
  deliver([services({ ...GOOD, x: keyless, y: service('y') })]);
  await judged();
  await until('the rest is served', async () => (await text()).includes('backend y'));
  assert.deepEqual(held(), ['services/x']);
  assert.equal(publisher.status().diagnostics[0]?.where.key, 'x');
});

test('an entry whose value would write more than a value stays at its last good value', async (t) => {
  const { deliver, held, judged, text, publisher } = startJudged(t);
  deliver([services(GOOD), config({ template: TEMPLATE })]);
  await text();
  deliver([services({ ...GOOD, web: service('web', { backend: 'a\n  stats enable' }) })]);
  await judged();
  assert.deepEqual(held(), ['services/web']);
  assert.equal(publisher.status().diagnostics[0]?.code, 'unsafe-value');
  assert.deepEqual(backends(await text()), ['api', 'web']);
});

test('an entry that is JSON no more stays at its last good value', async (t) => {
  const { deliver, held, judged, text } = startJudged(t);
  deliver([services(GOOD), config({ template: TEMPLATE })]);
  await text();
  deliver([services({ web: '{', new: service('new') })]);
  await judged();
  await until('the rest is served', async () => (await text()).includes('backend new'));
  assert.deepEqual(held(), ['services/web']);
  assert.deepEqual(backends(await text()), ['new', 'web']);
});

for (const [fault, template, code] of [
  ['does not compile', '{% if %}', 'template-syntax'],
  ['throws', '{{ nothing.at.all }}', 'template-undefined'],
  ['is refused by HAProxy', `${TEMPLATE}  no such keyword\n`, 'haproxy-refuses'],
] as const)
  test(`a template that ${fault} is held back, and good entries beside it are served`, async (t) => {
    const { deliver, held, judged, text, ask } = startJudged(t);
    deliver([services(GOOD), config({ template: TEMPLATE })]);
    await text();
    deliver([config({ template }), services({ ...GOOD, new: service('new') })]);
    await judged();
    await until('the entry is served', async () => (await text()).includes('backend new'));
    assert.deepEqual(held(), ['config']);
    const answer = await ask();
    assert.equal(answer.kind === 'bundle' && answer.failure?.code, code);
  });

const NEEDS_EXTRA = `{% set extra = (services|selectattr('name', 'equalto', 'extra')|list)[0] %}
${TEMPLATE}# {{ extra.port + 1 }}
`;
const EXTRA = services({ ...GOOD, extra: service('extra') });
for (const [order, changes] of [
  ['template first', [config({ template: NEEDS_EXTRA }), EXTRA]],
  ['entry first', [EXTRA, config({ template: NEEDS_EXTRA })]],
] as const)
  test(`a good template that needs a new entry is served once both are there: ${order}`, async (t) => {
    const { deliver, judged, text, held } = startJudged(t);
    deliver([services(GOOD), config({ template: TEMPLATE })]);
    await text();
    for (const change of changes) {
      deliver([change]);
      await judged();
    }
    await until('both are served', async () => (await text()).includes('# 8081'));
    assert.deepEqual(held(), []);
  });

test('an entry that is deleted while it is held back is gone', async (t) => {
  const { deliver, judged, text, held } = startJudged(t);
  deliver([services(GOOD), config({ template: TEMPLATE })]);
  await text();
  deliver([services({ ...GOOD, bad: BAD })]);
  await judged();
  assert.deepEqual(held(), ['services/bad']);
  deliver([services(GOOD)]);
  await until('nothing is held back', () => held().length === 0);
  assert.deepEqual(backends(await text()), ['api', 'web']);
});

test('where everything is bad at the first start, what is good beside it is served', async (t) => {
  const { deliver, text, held, judged } = startJudged(t);
  deliver([services({ ...GOOD, bad: BAD }), config({ template: TEMPLATE })]);
  assert.deepEqual(backends(await text()), ['api', 'web']);
  await judged();
  assert.deepEqual(held(), ['services/bad']);
});

test('where nothing is good at the first start, that is said, and what mends it is served', async (t) => {
  const { deliver, ask, judged, text } = startJudged(t);
  deliver([services(GOOD), config({ template: `${TEMPLATE}  no such keyword\n` })]);
  await judged();
  const answer = await ask();
  assert.equal(answer.kind === 'not-ready' && answer.reason.code, 'haproxy-refuses');
  deliver([config({ template: TEMPLATE })]);
  await until('it is served', async () => (await text()).includes('backend web'));
});

test('a template that names a certificate that is not there waits for it', async (t) => {
  const { deliver, held, judged, text } = startJudged(t);
  deliver([services(GOOD), config({ template: TEMPLATE })]);
  await text();
  const tls = TEMPLATE.replace('8000', '8000\n  bind 127.0.0.1:8443 ssl crt {{ ssldir }}/site.pem');
  deliver([config({ template: tls })]);
  await judged();
  assert.deepEqual(held(), ['config']);
  const { certificatePem, keyPem } = await makeCertificate({ names: ['a.example'] });
  deliver([
    put(configMap('certificates', { site: certificatePem })),
    put(secret('keys', { site: Buffer.from(keyPem).toString('base64') })),
  ]);
  await until('it is served', async () => (await text()).includes('site.pem'));
  assert.deepEqual(held(), []);
});

test('a check that cannot be made is said, and holds up nothing', async (t) => {
  const { deliver, text, judged, publisher } = startJudged(t, {}, '/nowhere/haproxy');
  deliver([services(GOOD), config({ template: TEMPLATE })]);
  assert.match(await text(), /backend web/);
  await judged();
  assert.match(publisher.status().intent.unjudged ?? '', /nowhere/);
});

const READS_ENV = `global
  setenv OWN 8
  maxconn "\${MAXCONN}"
${TEMPLATE}`;

test('a line that reads a variable of the environment is checked with that of the service', async (t) => {
  const { deliver, text, held } = startJudged(t, { env: { MAXCONN: '2000' } });
  deliver([services(GOOD), config({ template: READS_ENV })]);
  await until('it is served', async () => (await text()).includes('backend api'));
  assert.deepEqual(held(), []);
});

test('a line that is refused for a variable that the check does not have is told with its name', async (t) => {
  const { deliver, judged, publisher } = startJudged(t);
  deliver([services(GOOD), config({ template: READS_ENV })]);
  await judged();
  const [diagnostic] = publisher.status().diagnostics;
  assert.equal(diagnostic?.code, 'haproxy-refuses');
  assert.match(diagnostic?.hint ?? '', /reads MAXCONN from the environment/);
});

test('a template that an editor began with a byte order mark is refused with the reason that nobody sees', async (t) => {
  const { deliver, judged, publisher } = startJudged(t);
  deliver([services(GOOD), config({ template: `\ufeff${TEMPLATE}` })]);
  await judged();
  const [diagnostic] = publisher.status().diagnostics;
  assert.equal(diagnostic?.where.line, 1);
  assert.match(diagnostic?.hint ?? '', /byte order mark \(U\+FEFF\), which cannot be seen/);
});

test('files, crt-lists and Lua are checked as a proxy will have them', async (t) => {
  const { deliver, held, judged, text } = startJudged(t);
  const files = { 'files.hosts.map': 'a.example web\n', 'files.hi.lua': 'core.Info("hi")\n' };
  const template = TEMPLATE.replace(
    'defaults',
    'global\n  lua-load {{ filesdir }}/hi.lua\ndefaults',
  ).replace('8000', '8000\n  use_backend %[req.hdr(host),map({{ filesdir }}/hosts.map)]');
  deliver([services(GOOD), config({ template, ...files })]);
  await text();
  deliver([config({ template, ...files, 'files.hi.lua': 'this is no Lua\n' })]);
  await judged();
  assert.deepEqual(held(), ['config']);
});
