import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { test } from 'node:test';
import { readManifests } from '../../functions/core/manifests.ts';
import { renderManifests } from '../../functions/core/offline.ts';
import { formatOrigin } from '../../functions/core/origin/origin.ts';
import { createRenderEngine } from '../../functions/core/render.ts';
import { createInventory } from '../../functions/core/inventory.ts';
import { chooseForFeeds, feedsOf, statesOf } from '../../functions/core/inputs/from-manifests.ts';
import { configMap, pod, put } from '../kit/objects.ts';

const SETTINGS = {
  namespace: 'lb',
  dialect: 'jinja2',
  env: {},
  statisticsPassword: 'secret',
} as const;
const VARIANT = { sslDir: '/ssl', filesDir: '/files', params: { zone: 'a' } };
const INPUTS = `
routes: {apiVersion: networking.k8s.io/v1, kind: Ingress, fields: [spec]}
slices: {apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, labelSelector: 'kubernetes.io/service-name'}
`;
const TEMPLATE = `{% for route in inputs.routes %}
{%- for rule in route.spec.rules %}
use_backend {{ route.metadata.namespace }}_{{ rule.to }} if { req.hdr(host) -i {{ rule.host }} }
{%- for slice in inputs.slices.by('metadata.namespace', route.metadata.namespace, 'metadata.labels["kubernetes.io/service-name"]', rule.to) %}
{%- for endpoint in slice.endpoints %}
server {{ endpoint.addresses[0] }}
{%- endfor %}{% endfor %}{% endfor %}{% endfor %}
`;

const route = (name: string, to: string, host = `${name}.example.com`, namespace = 'shop') => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'Ingress',
  metadata: { name, namespace },
  spec: { rules: [{ host, to }] },
});
const slice = (name: string, service: string, ...addresses: readonly string[]) => ({
  apiVersion: 'discovery.k8s.io/v1',
  kind: 'EndpointSlice',
  metadata: { name, namespace: 'shop', labels: { 'kubernetes.io/service-name': service } },
  endpoints: addresses.map((address) => ({ addresses: [address] })),
});
const base = (inputs = INPUTS, template = TEMPLATE) => [
  configMap('services', {}),
  configMap('config', { template, 'inputs.yaml': inputs }),
];
const list = (objects: readonly object[]) => JSON.stringify({ kind: 'List', items: objects });

function offline(objects: readonly object[]) {
  const result = renderManifests({
    texts: [{ origin: 'x', text: list(objects) }],
    settings: SETTINGS,
    variant: VARIANT,
  });
  return result.kind === 'rendered'
    ? { config: result.bundle.files[0]?.content ?? '', diagnostics: result.diagnostics }
    : { config: undefined, diagnostics: result.diagnostics };
}

test('objects of files are chosen as the API server would, and found by their fields', () => {
  const { config, diagnostics } = offline([
    ...base(),
    route('b', 'web'),
    route('a', 'api'),
    slice('s1', 'web', '10.0.0.1', '10.0.0.2'),
    slice('s2', 'web', '10.0.0.3'),
    { ...slice('s3', 'web', '10.9.9.9'), metadata: { name: 's3', namespace: 'shop' } },
    { ...slice('s4', 'web', '10.9.9.9'), apiVersion: 'discovery.k8s.io/v1beta1' },
  ]);
  assert.deepEqual(diagnostics, []);
  assert.deepEqual(config?.trim().split('\n'), [
    'use_backend shop_api if { req.hdr(host) -i a.example.com }',
    'use_backend shop_web if { req.hdr(host) -i b.example.com }',
    'server 10.0.0.1',
    'server 10.0.0.2',
    'server 10.0.0.3',
  ]);
});

test('inputs that are not in order are told, and nothing is rendered', () => {
  const { config, diagnostics } = offline(base('routes: {apiVersion: v1}'));
  assert.equal(config, undefined);
  assert.deepEqual(
    diagnostics.map(({ code, where }) => [code, where.key, where.line]),
    [['input-invalid', 'inputs.yaml', 1]],
  );
});

test('a list is of its kind in each item, and one without a namespace is in default', () => {
  const { objects, any } = readManifests(
    JSON.stringify({
      apiVersion: 'networking.k8s.io/v1',
      kind: 'IngressList',
      items: [{ metadata: { name: 'a' }, spec: {} }],
    }),
    'x',
  );
  assert.deepEqual(objects, []);
  const { json, ...rest } = any[0] ?? assert.fail();
  assert.deepEqual(rest, {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    namespace: 'default',
    name: 'a',
  });
  assert.equal(JSON.parse(Buffer.from(json).toString()).metadata.namespace, 'default');
  const node = { apiVersion: 'v1', kind: 'Node', metadata: { name: 'n' } };
  assert.equal(readManifests(list([node]), 'x').any[0]?.namespace, '');
  const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'n' } };
  const tls = { ...secret, type: 'kubernetes.io/tls' };
  const read = readManifests(list([secret, { ...secret, type: 'Opaque' }, tls]), 'x');
  assert.equal(read.any.length, 1, 'no other Secret is an input');
});

/** A renderer's state, changed object by object. */
function start(objects: readonly object[], inputs = INPUTS, template = TEMPLATE) {
  const feeds = feedsOf({ 'inputs.yaml': inputs });
  const inventory = createInventory('lb');
  const engine = createRenderEngine(SETTINGS);
  const chosen = (all: readonly object[]) =>
    chooseForFeeds(readManifests(list(all), 'x').any, feeds);
  const update = (changes: Parameters<typeof inventory.update>[0]['changes']) => {
    const states = { feeds: statesOf(feeds), unread: [], certificates: [] };
    return inventory.update({ changes, ...states }).snapshot;
  };
  update([...base(inputs, template).map(put), ...chosen(objects)]);
  return {
    update: (...changed: readonly object[]) => update(chosen(changed)),
    remove: (...gone: readonly object[]) =>
      update(chosen(gone).map(({ json: _, ...key }) => ({ ...key, type: 'delete' as const }))),
    render: (...changed: readonly object[]) => {
      const rendering = engine.render(update(chosen(changed)), VARIANT, 'lenient');
      return rendering.kind === 'rendered' ? rendering : assert.fail(rendering.failure.message);
    },
    inventory,
    engine,
  };
}

const lines = ({ files }: { readonly files: readonly { readonly content: string }[] }) =>
  (files[0]?.content ?? '').trim().split('\n');

test('what did not change is the same object, and lists that did not are the same lists', () => {
  const { update, remove } = start([route('a', 'web'), slice('s', 'web', '10.0.0.1')]);
  const first = update();
  assert.ok(Object.isFrozen(first.inputs.get('routes')));
  const second = update(route('b', 'web'));
  assert.equal(second.inputs.get('slices'), first.inputs.get('slices'));
  assert.equal(second.inputs.get('routes')?.[0], first.inputs.get('routes')?.[0]);
  assert.equal(second.inputs.get('routes')?.length, 2);
  assert.equal(update().inputs, second.inputs);
  assert.equal(remove(route('a', 'web')).inputs.get('routes')?.length, 1);
});

test('an object that the template fails on is left out alone, and comes back as it is mended', () => {
  const { render } = start([route('a', 'web'), route('b', 'web'), slice('s', 'web', '10.0.0.1')]);
  const bad = { ...route('b', 'web'), spec: { rules: 5 } };
  const rendering = render(bad);
  assert.deepEqual(lines(rendering), [
    'use_backend shop_web if { req.hdr(host) -i a.example.com }',
    'server 10.0.0.1',
  ]);
  const [omitted] = rendering.omitted;
  assert.equal(omitted?.object, 'inputs.routes/shop/b');
  assert.match(
    omitted?.diagnostic.message ?? '',
    /^Ingress shop\/b is left out, since the template/,
  );
  assert.deepEqual(omitted?.diagnostic.where, { object: 'inputs.routes/shop/b' });
  assert.equal(lines(render(slice('s', 'web', '10.0.0.2'))).at(-1), 'server 10.0.0.2');
  const mended = render(route('b', 'web'));
  assert.deepEqual(mended.omitted, []);
  assert.equal(lines(mended).length, 4);
});

test('an object whose value would write more than a value is left out alone', () => {
  const { render } = start([route('a', 'web'), slice('s', 'web', '10.0.0.1')]);
  const rendering = render(route('b', 'web', 'x.example.com }\nserver evil 10.9.9.9 #'));
  assert.equal(lines(rendering).length, 2);
  const [found] = rendering.diagnostics;
  assert.equal(found?.code, 'unsafe-value');
  assert.match(found?.message ?? '', /^Ingress shop\/b is left out: spec\.rules\[0\]\.host/);
  assert.deepEqual(found?.where, { object: 'inputs.routes/shop/b' });
  assert.equal(lines(render(slice('s', 'web', '10.0.0.2')))[1], 'server 10.0.0.2');
  assert.equal(lines(render(route('b', 'web'))).length, 4);
});

test('an input that was not read is no empty list, and one of a kind that is not there only where it may be', () => {
  const inputs = (optional: boolean) =>
    `widgets: {apiVersion: example.com/v1, kind: Widget, optional: ${optional}}`;
  const { inventory, engine } = start([], inputs(false), '{{ inputs.widgets|length }}\n');
  const [feed] = feedsOf({ 'inputs.yaml': inputs(true) });
  const id = feed?.id ?? assert.fail();
  const outcome = (feeds: Record<string, 'read' | 'absent'>, optional: boolean) => {
    const changes = base(inputs(optional), '{{ inputs.widgets|length }}\n').map(put);
    const state = { changes, feeds, unread: [], certificates: [] };
    const rendering = engine.render(inventory.update(state).snapshot, VARIANT);
    return rendering.kind === 'rendered'
      ? lines(rendering)[0]
      : `${rendering.kind} ${rendering.failure.code}`;
  };
  assert.equal(outcome({}, false), 'incomplete input-unread');
  assert.equal(outcome({}, true), 'incomplete input-unread');
  assert.equal(outcome({ [id]: 'absent' }, false), 'incomplete input-kind');
  assert.equal(outcome({ [id]: 'absent' }, true), '0');
  assert.equal(outcome({ [id]: 'read' }, false), '0');
});

test('the examples of the documentation do what they say', () => {
  const [template = '', zones = ''] = documented();
  const endpoint = (name: string, ready: boolean) => ({
    addresses: ['10.0.0.1'],
    conditions: { ready },
    targetRef: { name },
  });
  const { config, diagnostics } = offline([
    ...base(INPUTS, template),
    { ...route('a', ''), spec: { service: 'web' } },
    {
      ...slice('s', 'web'),
      endpoints: [endpoint('web-1', true), endpoint('web-2', false)],
      ports: [{ port: 8080 }],
    },
  ]);
  assert.deepEqual(diagnostics, []);
  assert.deepEqual(config?.trim().split('\n'), [
    'backend shop_a',
    '    server web-1 10.0.0.1:8080 check',
  ]);
  const zone = (name: string) => ({ 'topology.kubernetes.io/zone': name });
  const podOf = (name: string, labels: object, nodeName: string) => ({
    ...pod({ name, labels: { app: 'web', ...labels } }),
    spec: {
      nodeName,
      containers: [{ name: 'web', ports: [{ name: 'http', containerPort: 8080 }] }],
    },
  });
  const zoned = offline([
    configMap('services', { web: '{"namespace":"shop","selector":{"app":"web"}}' }),
    configMap('config', {
      template: zones,
      'inputs.yaml': 'nodes: {apiVersion: v1, kind: Node, fields: [metadata.labels]}',
    }),
    { apiVersion: 'v1', kind: 'Node', metadata: { name: 'n1', labels: zone('a') } },
    { apiVersion: 'v1', kind: 'Node', metadata: { name: 'n2', labels: zone('b') } },
    podOf('web-1', {}, 'n1'),
    podOf('web-2', {}, 'n2'),
    podOf('web-3', zone('a'), 'n2'),
  ]);
  assert.deepEqual(zoned.diagnostics, []);
  assert.deepEqual(zoned.config?.trim().split('\n'), [
    'backend web',
    '    option allbackups',
    '    server web-1 10.0.0.1:8080 check',
    '    server web-2 10.0.0.1:8080 check backup',
    '    server web-3 10.0.0.1:8080 check',
  ]);
  const page = readFileSync(resolve('docs/kubernetes.md'), 'utf8');
  const [, inputs = ''] = /```yaml\n(routes:[\s\S]*?)```/.exec(page) ?? [];
  assert.equal(feedsOf({ 'inputs.yaml': inputs }).length, 3);
});

/** The templates of the documentation that have inputs. */
function documented(): readonly string[] {
  const page = readFileSync(resolve('docs/templates.md'), 'utf8');
  return [...page.matchAll(/```j2\n([\s\S]*?)```/g)].map(([, template = '']) => template);
}

test('a line is told with the object that it comes from', () => {
  const { update, engine } = start([route('a', 'web'), slice('s', 'web', '10.0.0.1')]);
  const { explained } = engine.explain(update(), VARIANT, { question: { file: 'haproxy.cfg' } });
  const told = explained?.files[0]?.lines.map(({ origin }) => origin && formatOrigin(origin));
  assert.deepEqual(told?.slice(1, 3), [
    'template:3:1, Ingress shop/a',
    'template:6:1, EndpointSlice shop/s',
  ]);
});
