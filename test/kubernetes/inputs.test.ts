import assert from 'node:assert/strict';
import { test } from 'node:test';
import { feedsOf } from '../../functions/core/inputs/from-manifests.ts';
import type { FeedId } from '../../functions/core/inputs/input.ts';
import { type ApiServer, startApiServer } from '../apiserver/server.ts';
import { until } from '../kit/until.ts';
import { type Follower, follow } from './follower.ts';
import { configMap, configure } from './objects.ts';

const QUICK = { discoverMs: 10, shortMs: 5 };
const ROUTES =
  'routes: {apiVersion: networking.k8s.io/v1, kind: Ingress, namespaces: [shop], labelSelector: team=a, fields: [spec]}';
const WIDGETS = 'widgets: {apiVersion: example.com/v1, kind: Widget, fields: [spec]}';
const OPTIONAL = WIDGETS.replace('}', ', optional: true}');

const idOf = (inputs: string): FeedId =>
  feedsOf({ 'inputs.yaml': inputs })[0]?.id ?? assert.fail(inputs);
const name = (server: ApiServer, ...inputs: readonly string[]) =>
  server.store.put(
    'configmaps',
    configMap('config', { template: 'x', 'inputs.yaml': inputs.join('\n') }),
  );
const ingress = (namespace: string, named: string, host: string, team = 'a') => ({
  metadata: { namespace, name: named, labels: { team } },
  spec: { rules: [{ host }] },
  status: { loadBalancer: {} },
});
const define = (server: ApiServer, ...served: readonly string[]) =>
  server.store.put('customresourcedefinitions', {
    metadata: { namespace: '', name: 'widgets.example.com' },
    spec: { versions: served.map((version) => ({ name: version, served: true })) },
  });
const widget = (named: string, size: number) => ({
  metadata: { namespace: 'shop', name: named },
  spec: { size },
});
const objectsOf = ({ objects }: Follower, id: string) =>
  Object.fromEntries(
    [...objects]
      .filter(([key]) => key.startsWith(`${id}/`))
      .map(([key, json]) => [key.slice(id.length + 1), JSON.parse(json)]),
  );

for (const hasStreamingLists of [true, false])
  test(`objects of inputs are read and followed, ${hasStreamingLists ? 'by streaming lists' : 'by pages'}`, async (t) => {
    const server = await startApiServer(t);
    server.hasStreamingLists = hasStreamingLists;
    configure(server.store, []);
    name(server, ROUTES, 'nodes: {apiVersion: v1, kind: Node}');
    for (let i = 0; i < 700; i++)
      server.store.put('ingresses', ingress('shop', `i${i}`, `h${i}`, i % 2 ? 'a' : 'b'));
    server.store.put('ingresses', ingress('other', 'x', 'h'));
    server.store.put('nodes', { metadata: { namespace: '', name: 'n1' }, spec: { podCIDR: 'c' } });
    const follower = follow(t, { base: server.base });
    await follower.synced();
    const [routes, nodes] = [idOf(ROUTES), idOf('n: {apiVersion: v1, kind: Node}')];
    assert.equal(Object.keys(objectsOf(follower, routes)).length, 350);
    assert.deepEqual(objectsOf(follower, routes)['shop/i1'], {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'Ingress',
      metadata: { name: 'i1', namespace: 'shop' },
      spec: { rules: [{ host: 'h1' }] },
    });
    const { kind, metadata, spec } = objectsOf(follower, nodes)['/n1'];
    assert.deepEqual(
      [kind, metadata.name, metadata.namespace, spec.podCIDR],
      ['Node', 'n1', undefined, 'c'],
    );
    assert.ok(!('managedFields' in metadata));
    assert.deepEqual(follower.last().feeds, { [routes]: 'read', [nodes]: 'read' });
    const { asOf } = follower.last();
    assert.ok(asOf[`${routes}/shop`] && asOf[nodes]);

    await until('all watches are open', () => server.streams.size === 7);
    const before = server.requests.length;
    server.store.put('ingresses', ingress('shop', 'i1', 'other'));
    server.store.put('ingresses', ingress('shop', 'i3', 'h3', 'b'));
    server.store.put('ingresses', ingress('shop', 'i2', 'h2', 'a'));
    server.store.delete('ingresses', 'shop', 'i5');
    await until('the changes are there', () => {
      const now = objectsOf(follower, routes);
      return (
        now['shop/i1'].spec.rules[0].host === 'other' &&
        !now['shop/i3'] &&
        now['shop/i2'] &&
        !now['shop/i5']
      );
    });
    assert.equal(server.requests.length, before, 'no request for a change');
  });

test('what has names is watched by them, and rights are named as they are lacking', async (t) => {
  const server = await startApiServer(t);
  configure(server.store, []);
  server.authorize = ({ resource }) => resource !== 'ingresses';
  name(
    server,
    'routes: {apiVersion: networking.k8s.io/v1, kind: Ingress, namespaces: [a, b], names: [x]}',
    'all: {apiVersion: networking.k8s.io/v1, kind: Ingress}',
  );
  const follower = follow(t, { base: server.base });
  await follower.synced();
  assert.deepEqual(follower.last().feeds, {});
  const hints = follower.source.status().map(({ stale }) => stale?.hint ?? '');
  const rule = '{apiGroups: [networking.k8s.io], resources: [ingresses]';
  for (const hint of [
    `Grant the rule ${rule}, resourceNames: [x], verbs: [list, watch]} with a Role in namespace a and`,
    `Grant the rule ${rule}, resourceNames: [x], verbs: [list, watch]} with a Role in namespace b and`,
    `Grant the rule ${rule}, verbs: [list, watch]} with a ClusterRole and`,
  ])
    assert.ok(
      hints.some((found) => found.startsWith(hint)),
      hint,
    );
  server.authorize = () => true;
  await until('both are read', () => Object.keys(follower.last().feeds ?? {}).length === 2);
});

test('a kind that does not exist is absent, and is read as soon as it is there', async (t) => {
  const server = await startApiServer(t);
  configure(server.store, []);
  name(server, WIDGETS);
  const follower = follow(t, { base: server.base, timing: QUICK });
  await follower.synced();
  const id = idOf(WIDGETS);
  assert.deepEqual(follower.last().feeds, { [id]: 'absent' });
  const status = () => follower.source.status().find(({ collection }) => collection === id);
  assert.deepEqual([status()?.isSynced, status()?.stale?.code], [false, 'input-kind']);
  assert.ok(follower.log.some((line) => line.includes('the API has no such kind')));
  define(server, 'v1');
  server.store.put('widgets', widget('a', 1));
  await until('it is read', () => follower.last().feeds?.[id] === 'read');
  assert.deepEqual(objectsOf(follower, id)['shop/a'].spec, { size: 1 });
  await until('it is well', () => status()?.isSynced === true && !status()?.stale);
  const before = server.requests.length;
  server.store.put('widgets', widget('a', 2));
  await until('it is followed', () => objectsOf(follower, id)['shop/a'].spec.size === 2);
  assert.equal(server.requests.length, before, 'it is looked for no more');
});

test('an optional kind that does not exist is no fault, and its objects go with it', async (t) => {
  const server = await startApiServer(t);
  configure(server.store, []);
  name(server, OPTIONAL);
  const follower = follow(t, { base: server.base, timing: QUICK });
  await follower.synced();
  const id = idOf(OPTIONAL);
  assert.deepEqual(follower.last().feeds, { [id]: 'absent' });
  assert.ok(follower.source.status().every(({ stale, isSynced }) => !stale && isSynced));
  define(server, 'v1');
  server.store.put('widgets', widget('a', 1));
  await until('it is read', () => follower.objects.has(`${id}/shop/a`));
  server.store.delete('customresourcedefinitions', '', 'widgets.example.com');
  await until('it is gone', () => !follower.objects.has(`${id}/shop/a`));
  await until('it is absent', () => follower.last().feeds?.[id] === 'absent');
  assert.ok(!Object.keys(follower.last().asOf).some((name) => name.startsWith(id)));
});

test('a version that is served no more leaves what was read, and says which are', async (t) => {
  const server = await startApiServer(t);
  configure(server.store, []);
  define(server, 'v1', 'v2');
  server.store.put('widgets', widget('a', 1));
  name(server, OPTIONAL);
  const follower = follow(t, { base: server.base, timing: QUICK });
  await follower.synced();
  const id = idOf(OPTIONAL);
  define(server, 'v2');
  const stale = () => follower.source.status().find(({ collection }) => collection === id)?.stale;
  await until('it is told', () => stale()?.code === 'input-version');
  assert.match(stale()?.hint ?? '', /it serves example\.com\/v2/);
  assert.ok(follower.objects.has(`${id}/shop/a`));
  assert.equal(follower.last().feeds?.[id], 'read');
  const V2 = OPTIONAL.replace('example.com/v1', 'example.com/v2');
  name(server, V2);
  await until('it is read by the other', () => follower.objects.has(`${idOf(V2)}/shop/a`));
  await until('the old one is gone', () => !follower.objects.has(`${id}/shop/a`));
  assert.deepEqual(follower.last().feeds, { [idOf(V2)]: 'read' });
});

test('an input that is new is told of together with its objects, and one that is gone with them', async (t) => {
  const server = await startApiServer(t);
  configure(server.store, []);
  server.store.put('ingresses', ingress('shop', 'a', 'h'));
  const follower = follow(t, { base: server.base });
  await follower.synced();
  server.faults.add({
    fault: { kind: 'late', ms: 100 },
    when: ({ resource }) => resource === 'ingresses',
  });
  name(server, ROUTES);
  const id = idOf(ROUTES);
  await until('it is told', () =>
    Boolean(follower.objects.get('configmaps/lb/config')?.includes('inputs.yaml')),
  );
  assert.ok(follower.objects.has(`${id}/shop/a`));
  assert.equal(follower.last().feeds?.[id], 'read');
  name(server);
  await until('its objects are gone', () => !follower.objects.has(`${id}/shop/a`));
  assert.deepEqual(follower.last().feeds, {});
  await until('its watch ended', () =>
    [...server.streams].every(({ request }) => request.resource !== 'ingresses'),
  );
});

test('what is served is still followed while a newer one names other inputs', async (t) => {
  const server = await startApiServer(t);
  configure(server.store, []);
  server.store.put('ingresses', ingress('shop', 'a', 'h'));
  name(server, ROUTES);
  const follower = follow(t, { base: server.base });
  await follower.synced();
  follower.source.retain?.([{ config: { 'inputs.yaml': ROUTES } }]);
  name(server, 'nodes: {apiVersion: v1, kind: Node}');
  const id = idOf(ROUTES);
  await until('the new one is told', () => Object.keys(follower.last().feeds ?? {}).length === 2);
  server.store.put('ingresses', ingress('shop', 'b', 'h'));
  await until('it is followed', () => follower.objects.has(`${id}/shop/b`));
  follower.source.retain?.([{}]);
  await until('it is let go', () => !follower.objects.has(`${id}/shop/a`));
});

test('a watch of an input that is too old lists again, and a restore of the server is noticed', async (t) => {
  const server = await startApiServer(t, { bookmarkMs: 20 });
  configure(server.store, []);
  for (const named of ['a', 'b']) server.store.put('ingresses', ingress('shop', named, 'h'));
  name(server, ROUTES);
  const follower = follow(t, { base: server.base });
  await follower.synced();
  const id = idOf(ROUTES);
  const ofRoutes = () =>
    [...server.streams].filter(({ request }) => request.resource === 'ingresses');
  for (const stream of ofRoutes()) stream.freeze();
  server.store.delete('ingresses', 'shop', 'a');
  server.store.compact();
  for (const stream of ofRoutes()) stream.cut();
  await until('it is gone', () => !follower.objects.has(`${id}/shop/a`));
  const { hi = '' } = follower.last().asOf[`${id}/shop`] ?? {};
  server.store.tick();
  await until(
    'bookmarks bring it on',
    () => Number(follower.last().asOf[`${id}/shop`]?.hi) > Number(hi),
  );
});

test('of Secrets those with certificates are asked for, and nothing else of them is kept', async (t) => {
  const server = await startApiServer(t);
  configure(server.store, []);
  const inputs = 'tls: {apiVersion: v1, kind: Secret, namespaces: [shop], names: [a, b]}';
  const secret = (named: string, type: string) => ({
    metadata: { namespace: 'shop', name: named, labels: { x: '1' }, annotations: { y: '2' } },
    type,
    data: { 'tls.crt': 'eA==', 'tls.key': 'eQ==', 'ca.crt': 'eg==' },
  });
  server.store.put('secrets', secret('a', 'kubernetes.io/tls'));
  server.store.put('secrets', secret('b', 'Opaque'));
  server.store.put('secrets', secret('c', 'kubernetes.io/tls'));
  name(server, inputs);
  const follower = follow(t, { base: server.base });
  await follower.synced();
  assert.deepEqual(objectsOf(follower, idOf(inputs)), {
    'shop/a': {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'a', namespace: 'shop', labels: { x: '1' } },
      type: 'kubernetes.io/tls',
      data: { 'tls.crt': 'eA==', 'tls.key': 'eQ==' },
    },
  });
});
