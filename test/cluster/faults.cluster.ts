import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { until } from '../kit/until.ts';
import { follow } from '../kubernetes/follower.ts';
import { readAudit } from './audit.ts';
import { startControlPlane } from './control-plane.ts';
import { begin } from './scene.ts';

const plane = await startControlPlane({ after });

/** How the pods of a namespace were asked for so far. */
const podQueries = (namespace: string): string[] =>
  readAudit(plane.server.auditLog, 'admin')
    .filter(({ objectRef }) => objectRef?.resource === 'pods' && objectRef.namespace === namespace)
    .map(({ requestURI }) => new URL(requestURI, plane.server.url).search);

const isWholeList = (query: string): boolean => /sendInitialEvents|limit=500/.test(query);

test('an API server that is killed and started again is found again, and nothing was lost meanwhile', async (t) => {
  const { agrees, churn, follower, status } = await begin(t, plane);
  await agrees();
  await plane.server.kill();
  await until('it is stale', () => status().stale !== undefined);
  assert.equal(status().objects, 3);
  assert.ok(follower.last().isSynced);
  await plane.server.start();
  await churn();
  await agrees();
  await until('it is current', () => status().stale === undefined);
});

test('a way to the API server that was cut: the watch goes on where it was, without a list', async (t) => {
  const { agrees, churn, shop, way } = await begin(t, plane);
  await agrees();
  const before = podQueries(shop).filter(isWholeList).length;
  way.block();
  await churn();
  way.open();
  await agrees();
  const after = podQueries(shop).filter(isWholeList).length;
  assert.equal(after, before);
});

test('a history that was compacted meanwhile (410) lists again, as changes', async (t) => {
  const { agrees, churn, follower, shop, status, way } = await begin(t, plane);
  await agrees();
  const before = podQueries(shop).filter(isWholeList).length;
  const told = follower.deliveries.length;
  way.block();
  await churn();
  await plane.forget();
  way.open();
  await agrees();
  assert.ok(podQueries(shop).filter(isWholeList).length > before);
  const changes = follower.deliveries.slice(told).flatMap((delivery) => delivery.changes);
  assert.deepEqual(
    changes.map(({ type, name }) => `${type} ${name}`),
    ['delete b', 'delete c', 'put a', 'put c', 'put d'],
    'c was made anew',
  );
  await until('it is current', () => status().stale === undefined);
});

test('a server without streaming lists (WatchList off) is read in pages, and followed', async (t) => {
  await plane.restart({ WatchList: false });
  t.after(() => plane.restart());
  const { agrees, churn, cluster, follower, lb, shop, podsPath, caller } = await begin(t, plane);
  await agrees();
  const names = Array.from({ length: 520 }, (_, i) => `many-${i}`);
  const spec = { containers: [{ name: 'web', image: 'web' }] };
  await Promise.all(
    names.map((name) => caller.expect('POST', podsPath, { body: { metadata: { name }, spec } })),
  );
  await churn();
  await agrees();
  const second = follow(t, {
    base: plane.server.url,
    credentials: plane.admin,
    namespace: lb,
  });
  await second.synced();
  assert.deepEqual([...second.objects].sort(), [...follower.objects].sort(), 'the same bytes');
  const queries = podQueries(shop);
  assert.ok(queries.some((query) => /limit=500&continue=/.test(query)));
  assert.ok(queries.some((query) => /watch=1.*&resourceVersion=\d+/.test(query)));
  await cluster.remove(`${podsPath}/many-7`);
  await agrees();
});

test('an etcd restored from a snapshot: versions go back, and everything is listed again', async (t) => {
  const scene = await begin(t, plane);
  const { agrees, churn, cluster, follower, shop, status } = scene;
  await agrees();
  const saved = await plane.etcd.save();
  for (let i = 0; i < 5; i++) await cluster.putPod(shop, `later-${i}`, `10.0.2.${i}`);
  await churn();
  await agrees();
  const version = BigInt(follower.last().asOf[`pods/${shop}`]?.hi ?? 0);
  await plane.server.kill();
  await plane.etcd.restore(saved);
  await plane.server.start();
  await cluster.putPod(shop, 'new', '10.0.3.1');
  await agrees();
  assert.ok(![...follower.objects.keys()].some((key) => key.includes('later-')));
  await until('it is current', () => status().stale === undefined);
  const { lo = 0, hi = 0 } = follower.last().asOf[`pods/${shop}`] ?? {};
  assert.ok(BigInt(lo) < version && BigInt(hi) < version);
});
