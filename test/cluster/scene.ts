import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import type { Timing } from '../../functions/kubernetes/timing.ts';
import { until } from '../kit/until.ts';
import { createCaller } from '../kubernetes/caller.ts';
import { openCluster } from '../kubernetes/cluster.ts';
import { type Follower, follow } from '../kubernetes/follower.ts';
import type { ControlPlane } from './control-plane.ts';
import { openWay } from './way.ts';

export interface SceneOptions {
  readonly timing?: Partial<Timing>;
  /** Of the follower; by default those that may do everything. */
  readonly credentials?: ControlPlane['admin'];
}

/** Three pods in a namespace of a real API server, and a follower that knows them and can be cut off. */
export async function begin(t: TestContext, plane: ControlPlane, options: SceneOptions = {}) {
  const { timing = {}, credentials = plane.admin } = options;
  const cluster = await openCluster(t, plane.admin);
  const { lb, shop } = cluster.namespaces;
  const put = (kind: string, name: string, data: Record<string, string>) => {
    const path = `/api/v1/namespaces/${lb}/${kind.toLowerCase()}s/${name}`;
    return cluster.put(path, { apiVersion: 'v1', kind, metadata: { name }, data });
  };
  const web = JSON.stringify({ namespace: shop, selector: { app: 'web' } });
  await put('ConfigMap', 'services', { web });
  await put('ConfigMap', 'certificates', {});
  await put('ConfigMap', 'config', { template: 'global\n' });
  await put('Secret', 'keys', {});
  for (const [i, name] of ['a', 'b', 'c'].entries())
    await cluster.putPod(shop, name, `10.0.0.${i + 1}`);
  const way = await openWay(t, plane.server.port);
  const caller = createCaller(plane.admin);
  t.after(() => caller.close());
  const server = new URL(`https://127.0.0.1:${way.port}`);
  const follower: Follower = follow(t, {
    base: server.href,
    credentials: { ...credentials, server },
    namespace: lb,
    timing,
  });
  const podsPath = `/api/v1/namespaces/${shop}/pods`;
  const known = () =>
    [...follower.objects]
      .filter(([key]) => key.startsWith(`pods/${shop}/`))
      .map(([, json]) => JSON.parse(json).metadata)
      .map(({ name, resourceVersion }) => `${name}@${resourceVersion}`)
      .sort();
  const status = () =>
    follower.source.status().find(({ collection }) => collection === `pods/${shop}`) ??
    assert.fail();
  return {
    cluster,
    follower,
    way,
    lb,
    shop,
    caller,
    status,
    podsPath,
    /** Waits until it knows the pods exactly as the server has them. */
    agrees: async () => {
      await until('the pods agree', async () => {
        const { items = [] } = await caller.expect('GET', podsPath);
        const there = items.map(({ metadata }) => `${metadata.name}@${metadata.resourceVersion}`);
        assert.deepEqual(known(), there.sort());
        return follower.last().isSynced;
      });
    },
    /** Changes; one pod is made anew under its name. */
    churn: async () => {
      await cluster.putPod(shop, 'a', '10.0.1.1');
      for (const name of ['b', 'c']) await cluster.remove(`${podsPath}/${name}`);
      await cluster.putPod(shop, 'c', '10.0.1.3');
      await cluster.putPod(shop, 'd', '10.0.1.4');
    },
  };
}
