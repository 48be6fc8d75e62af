import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { kubernetesAccess } from '../../functions/kubernetes/access.ts';
import type { Credentials } from '../../functions/kubernetes/credentials.ts';
import { readObject } from '../../functions/kubernetes/object.ts';
import { until } from '../kit/until.ts';
import { type Cluster, openCluster } from './cluster.ts';
import { type Follower, follow } from './follower.ts';

const AUDIENCE = 'kubernetes-haproxy';

const pathOf = (kind: string, namespace: string, name: string): string =>
  `/api/v1/namespaces/${namespace}/${kind}/${name}`;

async function putConfigMap(cluster: Cluster, name: string, data: Record<string, string>) {
  const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data };
  await cluster.put(pathOf('configmaps', cluster.namespaces.lb, name), object);
}

async function nameServices(cluster: Cluster, ...namespaces: readonly string[]): Promise<void> {
  const services = namespaces.map((namespace, i) => [
    `service-${i}`,
    JSON.stringify({ namespace, selector: { app: 'web' } }),
  ]);
  await putConfigMap(cluster, 'services', Object.fromEntries(services));
}

async function begin(t: TestContext, credentials: Credentials) {
  const cluster = await openCluster(t, credentials);
  const { lb, shop, blog } = cluster.namespaces;
  await nameServices(cluster, shop);
  await putConfigMap(cluster, 'certificates', {});
  await putConfigMap(cluster, 'config', { template: 'global\n' });
  const keys = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'keys' }, data: {} };
  await cluster.put(pathOf('secrets', lb, 'keys'), keys);
  const base = credentials.server.href;
  const follower = follow(t, { base, credentials, namespace: lb });
  return { cluster, credentials, follower, lb, shop, blog };
}

const podsOf = ({ objects }: Follower, namespace: string): string =>
  [...objects.keys()]
    .filter((key) => key.startsWith(`pods/${namespace}/`))
    .map((key) => key.split('/')[2])
    .sort()
    .join();

/** What the product does in a cluster, whichever it is; `admin` may do everything. */
export function clusterSuite(what: string, admin: Credentials): void {
  test(`objects are followed as they are made, changed and deleted: ${what}`, async (t) => {
    const { cluster, follower, lb, shop } = await begin(t, admin);
    await cluster.putPod(shop, 'a', '10.9.0.1');
    await follower.synced();
    await cluster.putPod(shop, 'b', '10.9.0.2');
    await until('both pods are known', () => podsOf(follower, shop) === 'a,b');
    await cluster.putPod(shop, 'b', '10.9.0.3');
    const addressOf = (name: string) => {
      const json = follower.objects.get(`pods/${shop}/${name}`);
      return json && JSON.parse(json).status.podIP;
    };
    await until('the change is known', () => addressOf('b') === '10.9.0.3');
    await cluster.remove(pathOf('pods', shop, 'a'));
    await until('the deletion is known', () => podsOf(follower, shop) === 'b');
    await cluster.remove(pathOf('configmaps', lb, 'config'));
    await until('it is gone', () => !follower.objects.has(`configmaps/${lb}/config`));
    assert.ok(follower.last().isSynced);
    const { lo = '', hi = '' } = follower.last().asOf[`pods/${shop}`] ?? {};
    assert.match(`${lo}-${hi}`, /^[1-9]\d*-[1-9]\d*$/);
  });

  test(`an object is told as the API server shows it, without managedFields: ${what}`, async (t) => {
    const { cluster, follower, shop } = await begin(t, admin);
    await cluster.putPod(shop, 'a', '10.9.0.1');
    await follower.synced();
    await until('it agrees', async () => {
      const shown = readObject({ kind: 'pods' }, await cluster.get(pathOf('pods', shop, 'a'))).json;
      return follower.objects.get(`pods/${shop}/a`) === Buffer.from(shown).toString();
    });
    assert.ok(!follower.objects.get(`pods/${shop}/a`)?.includes('managedFields'));
  });

  test(`namespaces are followed as services name them: ${what}`, async (t) => {
    const { cluster, follower, shop, blog } = await begin(t, admin);
    await cluster.putPod(shop, 'a', '10.9.0.1');
    await cluster.putPod(blog, 'b', '10.9.0.2');
    await follower.synced();
    await until('shop is known', () => podsOf(follower, shop) === 'a');
    assert.equal(podsOf(follower, blog), '');
    await nameServices(cluster, shop, blog);
    await until('blog is known', () => podsOf(follower, blog) === 'b');
    await nameServices(cluster, blog);
    await until('shop is forgotten', () => podsOf(follower, shop) === '');
  });

  test(`writers that contend lose nothing, and are followed in order: ${what}`, async (t) => {
    const { cluster, follower, lb } = await begin(t, admin);
    await follower.synced();
    const path = pathOf('configmaps', lb, 'config');
    const templateOf = (data: unknown): string => (data as { template: string }).template;
    const addOne = async (): Promise<void> => {
      const known = await cluster.get(path);
      const data = { template: `${templateOf(known.data)}x` };
      if (!(await cluster.replace(path, { ...known, data }))) await addOne();
    };
    const write = async () => {
      for (let i = 0; i < 5; i++) await addOne();
    };
    await Promise.all([write(), write(), write()]);
    const seen = () =>
      follower.deliveries
        .flatMap(({ changes }) => changes)
        .flatMap((change) => (change.type === 'put' && change.name === 'config' ? change : []))
        .map(({ json }) => templateOf(JSON.parse(Buffer.from(json).toString()).data).length);
    const last = 'global\n'.length + 15;
    await until('the last is known', () => seen().at(-1) === last);
    assert.deepEqual(
      seen(),
      [...new Set(seen())].sort((a, b) => a - b),
    );
  });

  test(`who is granted a path is let in, by a token for this service alone: ${what}`, async (t) => {
    const { cluster, credentials } = await begin(t, admin);
    const token = await cluster.token({ audience: AUDIENCE, path: '/bundle' });
    const admit = async (audience: string, path: string) => {
      const access = kubernetesAccess({ credentials, audience });
      const authorization = `Bearer ${token}`;
      const verdict = await access.admit({ method: 'GET', path, peer: '', authorization });
      return verdict.kind === 'refused' ? verdict.status : verdict.kind;
    };
    await until('it is let in', async () => (await admit(AUDIENCE, '/bundle')) === 'allowed');
    assert.equal(await admit(AUDIENCE, '/snapshot'), 403);
    assert.equal(await admit('somebody-else', '/bundle'), 401);
  });
}
