import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startApiServer } from '../apiserver/server.ts';
import { until } from '../kit/until.ts';
import { follow } from './follower.ts';
import { configMap, configure, name, pod } from './objects.ts';

const paths = (requests: readonly { path: string; query: URLSearchParams }[]) =>
  new Set(requests.map(({ path, query }) => `${path} ${query.get('fieldSelector') ?? ''}`.trim()));

for (const hasStreamingLists of [true, false])
  test(`objects are read and followed, ${hasStreamingLists ? 'by streaming lists' : 'by pages'}`, async (t) => {
    const server = await startApiServer(t);
    server.hasStreamingLists = hasStreamingLists;
    configure(server.store, ['shop']);
    for (let i = 0; i < 1203; i++) server.store.put('pods', pod('shop', `p${i}`));
    const follower = follow(t, { base: server.base });
    await follower.synced();
    await follower.agrees(server, 'pods/shop', 'configmaps/lb', 'secrets/lb');
    assert.ok(!follower.objects.get('pods/shop/p7')?.includes('managedFields'));
    assert.ok(follower.objects.get('pods/shop/p7')?.startsWith('{"apiVersion":"v1","kind":"Pod",'));

    await until('all watches are open', () => server.streams.size === 6);
    const before = server.requests.length;
    server.store.put('pods', pod('shop', 'p7', { status: { phase: 'Failed' } }));
    server.store.delete('pods', 'shop', 'p8');
    server.store.put('pods', pod('shop', 'new'));
    server.store.put('configmaps', configMap('config', { template: 'defaults\n' }));
    await follower.agrees(server, 'pods/shop', 'configmaps/lb');
    assert.equal(server.requests.length, before, 'no request for a change');
    assert.equal(
      server.requests.filter(({ verb }) => verb === 'list').length > 0,
      !hasStreamingLists,
    );
  });

test('an object is the same bytes, whether a list or a watch tells of it', async (t) => {
  const server = await startApiServer(t);
  configure(server.store, ['shop']);
  server.store.put('pods', pod('shop', 'a'));
  const streaming = follow(t, { base: server.base });
  await streaming.agrees(server, 'pods/shop');
  server.hasStreamingLists = false;
  const paging = follow(t, { base: server.base });
  await paging.agrees(server, 'pods/shop');
  assert.deepEqual([...paging.objects].sort(), [...streaming.objects].sort());
});

test('only what is needed is watched: five objects by name, and pods where services are', async (t) => {
  const server = await startApiServer(t);
  configure(server.store, ['shop', 'blog']);
  server.store.put('pods', pod('other', 'x'));
  const follower = follow(t, { base: server.base });
  await follower.synced();
  const wanted = new Set([
    '/api/v1/namespaces/lb/configmaps metadata.name=certificates',
    '/api/v1/namespaces/lb/configmaps metadata.name=config',
    '/api/v1/namespaces/lb/configmaps metadata.name=rollout',
    '/api/v1/namespaces/lb/configmaps metadata.name=services',
    '/api/v1/namespaces/lb/secrets metadata.name=keys',
    '/api/v1/namespaces/blog/pods',
    '/api/v1/namespaces/shop/pods',
  ]);
  assert.deepEqual(paths(server.requests), wanted);
  assert.deepEqual(Object.keys(follower.last().asOf), [
    'configmaps/lb.certificates',
    'configmaps/lb.config',
    'configmaps/lb.rollout',
    'configmaps/lb.services',
    'pods/blog',
    'pods/shop',
    'secrets/lb.keys',
  ]);
});

test('watches of pods start and end with the services that need them', async (t) => {
  const server = await startApiServer(t);
  configure(server.store, ['shop']);
  server.store.put('pods', pod('shop', 'a'));
  server.store.put('pods', pod('blog', 'b'));
  const follower = follow(t, { base: server.base });
  await follower.agrees(server, 'pods/shop');
  name(server.store, ['blog']);
  await follower.agrees(server, 'pods/blog');
  await until('the pods of shop are gone', () => !follower.objects.has('pods/shop/a'));
  await until('its watch ended', () =>
    [...server.streams].every(({ request }) => request.namespace !== 'shop'),
  );
  assert.ok(!('pods/shop' in follower.last().asOf));
  assert.deepEqual(
    follower.source
      .status()
      .map(({ collection }) => collection)
      .filter((c) => c.startsWith('pods')),
    ['pods/blog'],
  );
});

test('a service that moves is told of together with the pods of its new namespace', async (t) => {
  const server = await startApiServer(t);
  configure(server.store, ['shop']);
  server.store.put('pods', pod('blog', 'b'));
  const follower = follow(t, { base: server.base });
  await follower.synced();
  server.faults.add({
    fault: { kind: 'late', ms: 150 },
    when: ({ namespace }) => namespace === 'blog',
  });
  name(server.store, ['blog']);
  await follower.agrees(server, 'configmaps/lb', 'pods/blog');
  const indexOf = (kind: string, name: string) =>
    follower.deliveries.findLastIndex(({ changes }) =>
      changes.some((change) => change.kind === kind && change.name === name),
    );
  assert.ok(
    indexOf('pods', 'b') <= indexOf('configmaps', 'services'),
    'pods first, then the service',
  );
  assert.ok(follower.deliveries.every(({ unread }) => unread.length === 0 || unread[0] === 'shop'));
});

test('a namespace that hangs holds a service back for a bounded time only', async (t) => {
  const server = await startApiServer(t);
  configure(server.store, ['shop']);
  const follower = follow(t, { base: server.base, timing: { holdMs: 50, listIdleMs: 60_000 } });
  await follower.synced();
  server.faults.add({ fault: { kind: 'silence' }, when: ({ namespace }) => namespace === 'blog' });
  name(server.store, ['shop', 'blog']);
  await until('the change is handed on', () => follower.last().unread.includes('blog'));
  assert.ok(follower.last().isSynced);
});

test('a namespace that may not be read costs its services alone, and says which rule is missing', async (t) => {
  const server = await startApiServer(t);
  server.authorize = ({ namespace }) => namespace !== 'vault';
  configure(server.store, ['shop', 'vault']);
  server.store.put('pods', pod('shop', 'a'));
  server.store.put('pods', pod('vault', 'b'));
  const follower = follow(t, { base: server.base });
  await follower.synced();
  await follower.agrees(server, 'pods/shop');
  assert.deepEqual(follower.last().unread, ['vault']);
  const status = follower.source.status().find(({ collection }) => collection === 'pods/vault');
  assert.equal(status?.isSynced, false);
  assert.equal(status?.stale?.code, 'kubernetes-forbidden');
  assert.match(String(status?.stale?.message), /User "anonymous" cannot/);
  assert.match(
    String(status?.stale?.hint),
    /\{apiGroups: \[""\], resources: \[pods\], verbs: \[list, watch\]\} with a Role in namespace vault/,
  );
  server.authorize = () => true;
  await follower.agrees(server, 'pods/vault');
  assert.deepEqual(follower.last().unread, []);
  assert.equal(follower.log.filter((line) => line.includes('pods/vault')).length, 2, 'told once');
});

test('nothing counts as read while an object of the configuration may not be', async (t) => {
  const server = await startApiServer(t);
  server.authorize = ({ resource }) => resource !== 'secrets';
  configure(server.store, ['shop']);
  const follower = follow(t, { base: server.base });
  await until('it is refused', () =>
    follower.source.status().some(({ stale }) => stale?.code === 'kubernetes-forbidden'),
  );
  await follower.agrees(server, 'configmaps/lb');
  assert.ok(!follower.last().isSynced);
  server.authorize = () => true;
  await follower.synced();
});

test('an object that does not exist is read as absent', async (t) => {
  const server = await startApiServer(t);
  const follower = follow(t, { base: server.base });
  await follower.synced();
  assert.equal(follower.objects.size, 0);
});

test('a name that no namespace can have never reaches a request', async (t) => {
  const server = await startApiServer(t);
  configure(server.store, ['shop', '../../secrets', 'UPPER']);
  const follower = follow(t, { base: server.base });
  await follower.synced();
  assert.deepEqual(follower.last().unread, ['../../secrets', 'UPPER']);
  assert.deepEqual(
    follower.source.diagnostics().map(({ code, where }) => `${code} ${where.key}`),
    ['service-namespace-name of-../../secrets', 'service-namespace-name of-UPPER'],
  );
  assert.ok(server.requests.every(({ namespace }) => namespace === 'lb' || namespace === 'shop'));
});

test('one watch of the whole cluster, where it is asked for', async (t) => {
  const server = await startApiServer(t);
  configure(server.store, ['shop']);
  for (const namespace of ['shop', 'blog']) server.store.put('pods', pod(namespace, 'a'));
  const follower = follow(t, { base: server.base, isClusterWide: true });
  await follower.synced();
  await follower.agrees(server, 'pods');
  name(server.store, ['blog']);
  await follower.agrees(server, 'configmaps/lb', 'pods');
  assert.deepEqual(
    [...paths(server.requests)].filter((path) => path.includes('pods')),
    ['/api/v1/pods'],
  );
  assert.ok('pods' in follower.last().asOf);
});
