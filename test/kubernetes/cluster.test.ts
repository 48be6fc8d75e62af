import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { kubernetesAccess } from '../../functions/kubernetes/access.ts';
import type { Credentials } from '../../functions/kubernetes/credentials.ts';
import { kubeconfigCredentials } from '../../functions/kubernetes/kubeconfig.ts';
import { readObject } from '../../functions/kubernetes/object.ts';
import { baseCredentials } from '../../functions/kubernetes/service-account.ts';
import { authorizeBy, readGrants } from '../apiserver/rbac.ts';
import { startApiServer } from '../apiserver/server.ts';
import { until } from '../kit/until.ts';
import { type Cluster, openCluster } from './cluster.ts';
import { type Follower, follow } from './follower.ts';

const AUDIENCE = 'kubernetes-haproxy';

interface Opened {
  readonly credentials: Credentials;
  close(): Promise<void>;
}

/** The API server of the tests, with the RBAC objects in it as its policy, where anonymous may do everything. */
async function ownCluster(): Promise<Opened> {
  let close = () => Promise.resolve();
  const scope = {
    after: (end: () => Promise<void>) => {
      close = end;
    },
  };
  const server = await startApiServer(scope, { bookmarkMs: 1000 });
  server.authorize = (attempt) => {
    const objects = ['clusterroles', 'clusterrolebindings'].flatMap((r) => server.store.list(r));
    return attempt.user === 'anonymous' || authorizeBy(readGrants(objects))(attempt);
  };
  return { credentials: baseCredentials({ base: new URL(server.base) }), close };
}

/**
 * The same tests run against a real cluster where KUBECONFIG names one and CLUSTER_TESTS=yes allows it. They make
 * namespaces of their own there, and a ClusterRole with its binding, and remove them.
 */
const { KUBECONFIG = '', CLUSTER_TESTS } = process.env;
type Opener = readonly [string, () => Promise<Opened>];
const OWN: Opener = ['the API server of the tests', ownCluster];
const REAL: Opener = [
  `the cluster of ${KUBECONFIG}`,
  async () => ({
    credentials: await kubeconfigCredentials({ paths: KUBECONFIG, environment: process.env }),
    close: () => Promise.resolve(),
  }),
];
const CLUSTERS = KUBECONFIG !== '' && CLUSTER_TESTS === 'yes' ? [OWN, REAL] : [OWN];

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

async function begin(t: TestContext, open: () => Promise<Opened>) {
  const { credentials, close } = await open();
  const cluster = await openCluster(t, credentials);
  t.after(close);
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

for (const [what, open] of CLUSTERS) {
  test(`objects are followed as they are made, changed and deleted: ${what}`, async (t) => {
    const { cluster, follower, lb, shop } = await begin(t, open);
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
    const { cluster, follower, shop } = await begin(t, open);
    await cluster.putPod(shop, 'a', '10.9.0.1');
    await follower.synced();
    await until('it agrees', async () => {
      const shown = readObject('pods', await cluster.get(pathOf('pods', shop, 'a'))).json;
      return follower.objects.get(`pods/${shop}/a`) === Buffer.from(shown).toString();
    });
    assert.ok(!follower.objects.get(`pods/${shop}/a`)?.includes('managedFields'));
  });

  test(`namespaces are followed as services name them: ${what}`, async (t) => {
    const { cluster, follower, shop, blog } = await begin(t, open);
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

  test(`who is granted a path is let in, by a token for this service alone: ${what}`, async (t) => {
    const { cluster, credentials } = await begin(t, open);
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
