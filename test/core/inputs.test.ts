import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isIntentFeed } from '../../functions/core/inputs/input.ts';
import { parseLabelSelector } from '../../functions/core/inputs/label-selector.ts';
import { projectObject } from '../../functions/core/inputs/projection.ts';
import { readInputs } from '../../functions/core/inputs/read-inputs.ts';

const OBJECT = 'configmaps/lb/config';
const read = (text: string) => readInputs({ object: OBJECT, text });
const feed = (more: string) => {
  const { inputs, diagnostics } = read(`a: {apiVersion: v1, kind: Service, ${more}}`);
  assert.deepEqual(diagnostics, []);
  return inputs[0]?.feed ?? assert.fail();
};

test('inputs are read, sorted by name', () => {
  const { inputs, diagnostics } = read(`
routes:
  apiVersion: networking.k8s.io/v1
  kind: Ingress
  namespaces: [shop, blog]
  labelSelector: {team: a}
  fields: [spec.rules, 'metadata.annotations["a.b/c"]']
  optional: true
nodes: {apiVersion: v1, kind: Node}
`);
  assert.deepEqual(diagnostics, []);
  assert.deepEqual(
    inputs.map(({ name, isOptional, feed: { kind, namespaces, labels, fields } }) => ({
      ...{ name, isOptional, kind, namespaces, labels: labels?.text, fields },
    })),
    [
      {
        ...{ name: 'nodes', isOptional: false, kind: 'Node', namespaces: undefined },
        ...{ labels: undefined, fields: undefined },
      },
      {
        ...{ name: 'routes', isOptional: true, kind: 'Ingress', namespaces: ['blog', 'shop'] },
        labels: 'team=a',
        fields: [
          ['spec', 'rules'],
          ['metadata', 'annotations', 'a.b/c'],
        ],
      },
    ],
  );
  assert.match(inputs[1]?.feed.id ?? '', /^intents\.ingress\.networking\.k8s\.io\.[0-9a-f]{8}$/);
  assert.deepEqual(read('').inputs, []);
});

test('feeds that mean the same are one', () => {
  const one = feed('namespaces: [b, a], fields: [spec, status], labelSelector: "x=1, y"');
  assert.equal(
    feed('labelSelector: "y,x==1", fields: [status, spec], namespaces: [a, b]').id,
    one.id,
  );
  for (const other of [
    ...['namespaces: [a]', 'fields: [spec]', 'names: [a]', 'labelSelector: x'],
    'as: endpoints',
  ])
    assert.notEqual(feed(other).id, one.id, other);
});

test('what is wrong is told by line and column', () => {
  const entry = (more: string) => `a:\n  apiVersion: v1\n  kind: Service\n  ${more}\n`;
  for (const [text, line, column, said] of [
    ['a: [', 1, 5, /not YAML/],
    ['- a', 1, 1, /not an object/],
    ['a: 1\nb-c: {}\n', 2, 1, /templates cannot write/],
    ['a: {apiVersion: v1}', 1, 1, /lacks kind/],
    [entry('kinds: x'), 4, 3, /has kinds, which is none of/],
    [entry('optional: maybe'), 4, 3, /neither true nor false/],
    [entry('as: gospel'), 4, 3, /neither intent nor endpoints/],
    ['a: {apiVersion: v1, kind: Secret, as: intent}', 1, 35, /takes Secrets as intent/],
    [entry('namespaces: [a, B_]'), 4, 19, /not a valid namespace/],
    [entry('namespaces: some'), 4, 3, /not a list/],
    [entry('fields:\n    - spec\n    - a..b'), 6, 7, /not a field path/],
    [entry('labelSelector: "a=b=c"'), 4, 3, /an invalid labelSelector/],
    ['a: {apiVersion: V1, kind: Service}', 1, 5, /names the apiVersion "V1", which is invalid/],
    ['a: {apiVersion: v1, kind: Secret, fields: [data]}', 1, 35, /names fields of Secrets/],
    ['a: {apiVersion: v1, kind: Pod}\na: {apiVersion: v1, kind: Pod}', 2, 1, /unique/],
  ] as const) {
    const { diagnostics } = read(text);
    const found = diagnostics.at(-1);
    assert.match(found?.message ?? '', said, text);
    assert.deepEqual([found?.where.line, found?.where.column], [line, column], text);
    assert.deepEqual([found?.where.object, found?.where.key], [OBJECT, 'inputs.yaml']);
  }
});

test('kinds that change by themselves are endpoints, and all others intent, unless something is said', () => {
  for (const [of, as] of [
    ['apiVersion: v1, kind: Node', 'endpoints'],
    ['apiVersion: v1, kind: Secret', 'endpoints'],
    ['apiVersion: discovery.k8s.io/v1, kind: EndpointSlice', 'endpoints'],
    ['apiVersion: apps/v1, kind: Deployment', 'endpoints'],
    ['apiVersion: v1, kind: Service', 'intent'],
    ['apiVersion: networking.k8s.io/v1, kind: Ingress', 'intent'],
    ['apiVersion: gateway.networking.k8s.io/v1, kind: HTTPRoute', 'intent'],
    ['apiVersion: example.com/v1, kind: Node', 'intent'],
    ['apiVersion: example.com/v1, kind: Widget, as: endpoints', 'endpoints'],
    ['apiVersion: v1, kind: Node, as: intent', 'intent'],
  ] as const) {
    const [input] = read(`a: {${of}}`).inputs;
    assert.equal(input?.feed.as, as, of);
    assert.equal(isIntentFeed(input?.feed.id ?? ''), as === 'intent');
  }
});

test('label selectors say what those of kubectl do', () => {
  const labels = { app: 'web', tier: 'a', empty: '' };
  for (const [text, is] of [
    ['app=web', true],
    ['app == web,tier', true],
    ['app!=web', false],
    ['other!=web', true],
    ['tier in (a, b),app', true],
    ['tier notin (a,b)', false],
    ['other notin (a,b)', true],
    ['other in (a)', false],
    ['!other,!app', false],
    ['! other', true],
    ['empty=', true],
    ['other=', false],
    ['example.com/a.b=c', false],
  ] as const)
    assert.equal(parseLabelSelector(text)?.matches(labels), is, text);
  for (const wrong of ['', 'a b', 'a=b c', 'a in ()x', 'a in b', ',a', 'a=b=c', '/a', '-a'])
    assert.equal(parseLabelSelector(wrong), undefined, wrong);
});

test('of an object the fields are kept that are named, and what names it', () => {
  const object = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'a', namespace: 'shop', labels: { x: '1', y: '2' }, managedFields: [{}] },
    spec: { ports: [{ name: 'http', port: 80 }, 'odd', { port: 81 }], clusterIP: '10.0.0.1' },
  };
  const kept = (fields: string) => projectObject(object, feed(fields));
  const named = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'a', namespace: 'shop' } };
  assert.deepEqual(kept('fields: [spec.ports.port]'), {
    ...named,
    spec: { ports: [{ port: 80 }, { port: 81 }] },
  });
  assert.deepEqual(kept('fields: [status, spec.clusterIP.x, metadata.labels.y]'), {
    ...named,
    metadata: { ...named.metadata, labels: { y: '2' } },
    spec: {},
  });
  assert.deepEqual(kept('fields: [spec.ports.port, spec, spec.ports]'), {
    ...named,
    spec: object.spec,
  });
  const { managedFields: _, ...metadata } = object.metadata;
  assert.deepEqual(kept('names: [a]'), { ...object, metadata });
  const changed = {
    ...object,
    metadata: { ...object.metadata, resourceVersion: '7' },
    status: { loadBalancer: {} },
  };
  const whole = (as: string) => projectObject(changed, feed(`as: ${as}`));
  assert.deepEqual(
    whole('intent'),
    { ...object, metadata },
    'what people do not write is no intent',
  );
  assert.deepEqual(whole('endpoints'), {
    ...changed,
    metadata: { ...metadata, resourceVersion: '7' },
  });
});
