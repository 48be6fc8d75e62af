/** Which place of which template, which service and which pod a line of a delivered file comes from. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createInventory } from '../../functions/core/inventory.ts';
import { formatOrigin } from '../../functions/core/origin/origin.ts';
import { createRenderEngine } from '../../functions/core/render.ts';
import { configMap, pod, put } from '../kit/objects.ts';

const SETTINGS = {
  namespace: 'lb',
  dialect: 'jinja2',
  env: { REGION: 'eu' },
  statisticsPassword: 'secret',
} as const;
const VARIANT = { sslDir: '/ssl', filesDir: '/files', params: { zone: 'a' } };

const TEMPLATE = `global
    # {{ params.zone }}
{% include 'defaults' %}
{% from 'macros' import server %}
frontend https
{%- for name in certificates %}
    bind :443 ssl crt {{ ssldir }}/{{ name }}.pem
{%- endfor %}

{%- for service in services %}

backend {{ service.name }}
{%- for name, pod in service.pods.items() %}
    {{ server(name, pod, service.port) }}
{%- endfor %}
{%- for address in service.pods.values()|map(attribute='status.podIP') %}
    # {{ address }}
{%- endfor %}
{%- for route in service.routes or [] %}
    # {{ route.path }}
{%- endfor %}
{%- endfor %}
{%- for pod in services[1].pods.values() %}
    # alone {{ pod.metadata.name }}
{%- endfor %}
{%- set first = services[0] %}
    # first {{ first.port }}
{%- if env.REGION == 'eu' %}
    # here
{%- endif %}
    stats auth {{ stats.username }}:{{ stats.password }}`;

const config = {
  template: TEMPLATE,
  defaults: 'defaults\n    mode http\n',
  macros:
    '{% macro server(name, pod, port) %}server {{ name }} {{ pod.status.podIP }}:{{ port }}{% endmacro %}',
  'files.hosts.map': '{% for s in services %}{{ s.host }} {{ s.name }}\n{% endfor %}',
};

const services = Object.fromEntries(
  ['api', 'web'].map((name) => [
    name,
    JSON.stringify({
      namespace: 'shop',
      selector: { app: name },
      port: 80,
      host: `${name}.example`,
      routes: [{ path: `/${name}` }],
    }),
  ]),
);
const pods = [
  pod({ name: 'api-1', labels: { app: 'api' }, ip: '10.0.0.1' }),
  pod({ name: 'api-2', labels: { app: 'api' }, ip: '10.0.0.2' }),
  pod({ name: 'web-1', labels: { app: 'web' }, ip: '10.0.0.3' }),
];

const { snapshot } = createInventory('lb').update({
  changes: [configMap('services', services), configMap('config', config), ...pods].map(put),
  certificates: ['site'],
  unread: [],
});
const engine = createRenderEngine(SETTINGS);
const { rendering, explained } = engine.explain(snapshot, VARIANT, { question: {} });

function originOf(path: string, text: string): string {
  const file = explained?.files.find((found) => found.path === path);
  const line = file?.lines.find((found) => found.text.includes(text));
  assert.ok(line?.origin, `${text}: ${JSON.stringify(file?.lines)}`);
  return formatOrigin(line.origin);
}

test('the files are those of a render, line by line', () => {
  assert.deepEqual(engine.render(snapshot, VARIANT), rendering);
  assert.ok(rendering.kind === 'rendered');
  for (const { path, content } of rendering.files) {
    const file = explained?.files.find((found) => found.path === path);
    assert.equal(file?.lines.map(({ text }) => `${text}\n`).join(''), content);
    assert.ok(file?.lines.every(({ origin }) => origin));
  }
});

const ORIGINS: readonly [path: string, text: string, origin: string][] = [
  ['haproxy.cfg', 'global', 'template:1:1'],
  ['haproxy.cfg', '# a', 'template:2:5, params.zone'],
  ['haproxy.cfg', 'mode', 'defaults:2:5, include defaults from template:3:4'],
  ['haproxy.cfg', 'bind', 'template:7:5, certificates.site, ssldir'],
  ['haproxy.cfg', 'backend web', 'template:12:1, service web'],
  [
    'haproxy.cfg',
    'server api-2',
    'macros:1:36, service api, pod shop/api-2, macro server from template:14:8',
  ],
  ['haproxy.cfg', '# 10.0.0.3', 'template:17:5, service web, pod shop/web-1'],
  ['haproxy.cfg', '# /api', 'template:20:5, service api'],
  ['haproxy.cfg', 'alone', 'template:24:5, service web, pod shop/web-1'],
  ['haproxy.cfg', 'first', 'template:27:5, also template:27:16 service api'],
  ['haproxy.cfg', 'here', 'template:29:5, env.REGION'],
  ['haproxy.cfg', 'stats', 'template:31:5, stats.username, stats.password'],
  ['files/hosts.map', 'web', 'files.hosts.map:1:27, service web'],
];

for (const [path, text, origin] of ORIGINS)
  test(`${path}: ${text}`, () => assert.equal(originOf(path, text), origin));

test('a range of lines of one file', () => {
  const question = { file: 'haproxy.cfg', lines: { from: 2, to: 3 } };
  const { explained: some } = engine.explain(snapshot, VARIANT, { question });
  const whole = explained?.files.find(({ path }) => path === 'haproxy.cfg');
  const total = whole?.lines.length;
  assert.deepEqual(some?.files, [{ path: 'haproxy.cfg', total, lines: whole?.lines.slice(1, 3) }]);
});

test('a line by what it says, in its section', () => {
  const references = ['api', 'web', 'none'].map((name) => ({
    path: 'haproxy.cfg',
    line: `    # /${name}`,
    header: `backend ${name}`,
  }));
  const { explained: some } = engine.explain(snapshot, VARIANT, { question: { references } });
  assert.deepEqual(
    some?.delivered.map((line) => line?.origin?.service),
    ['api', 'web', undefined],
  );
});

test('a pod is told in the service around it, in another service, and by itself', () => {
  const of = (namespace: string, app: string) => JSON.stringify({ namespace, selector: { app } });
  const template = `{%- for service in services %}
backend {{ service.name }}
{%- for pod in service.pods.values() %}
    server {{ pod.metadata.name }} {{ pod.status.podIP }}
{%- endfor %}
{%- for pod in services[0].pods.values() %}
    # {{ service.name }} beside {{ pod.metadata.name }}
{%- endfor %}
{%- endfor %}
{%- for pod in services[2].pods.values() %}
    # lone {{ pod.metadata.name }}
{%- endfor %}
{%- for pod in services[1].pods.values() %}
    # shared {{ pod.metadata.name }}
{%- endfor %}
`;
  const { snapshot: own } = createInventory('lb').update({
    changes: [
      configMap('config', { template }),
      configMap('services', {
        a: of('x', 'a'),
        b: of('shop', 'web'),
        c: of('y', 'c'),
        d: of('shop', 'web'),
      }),
      pod({ name: 'a-1', namespace: 'x', labels: { app: 'a' }, ip: '10.0.1.1' }),
      pod({ name: 'web-1', labels: { app: 'web' }, ip: '10.0.1.2' }),
      pod({ name: 'c-1', namespace: 'y', labels: { app: 'c' }, ip: '10.0.1.3' }),
    ].map(put),
    certificates: [],
    unread: [],
  });
  // Each asked about by itself: what was found out for one line must not be needed for another.
  const ownerOf = (find: string) => {
    const question = { file: 'haproxy.cfg', lines: { find } };
    const told = createRenderEngine(SETTINGS).explain(own, VARIANT, { question });
    const { service, pod: name } = told.explained?.files[0]?.lines[0]?.origin ?? {};
    return `${service} ${name?.namespace}/${name?.name}`;
  };
  assert.equal(ownerOf('server a-1'), 'a x/a-1');
  assert.equal(ownerOf('server web-1'), 'b shop/web-1');
  assert.equal(ownerOf('# c beside a-1'), 'c x/a-1');
  assert.equal(ownerOf('# lone c-1'), 'c y/c-1');
  assert.equal(ownerOf('# shared web-1'), 'undefined shop/web-1');
});
