import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { compareVersions } from '../../functions/wire/as-of.ts';
import { until } from '../kit/until.ts';
import { clusterSuite } from '../kubernetes/cluster-suite.ts';
import { follow } from '../kubernetes/follower.ts';
import { startControlPlane } from './control-plane.ts';
import { begin } from './scene.ts';

const plane = await startControlPlane({ after });

/** Bookmarks come about once a minute, soon after the start of a watch sooner. */
const BOOKMARK_MS = 90_000;

clusterSuite('the real one', plane.admin);

test("a replica's quiet watches come as far as the list of one that starts later, by bookmarks", async (t) => {
  const { caller, cluster, follower, lb, shop } = await begin(t, plane);
  await follower.synced();
  const elsewhere = `/api/v1/namespaces/${cluster.namespaces.blog}/secrets`;
  await caller.expect('POST', elsewhere, { body: { metadata: { name: 'x' } } });
  const later = follow(t, { base: plane.server.url, credentials: plane.admin, namespace: lb });
  await later.synced();
  const of = `pods/${shop}`;
  const lo = later.last().asOf[of]?.lo ?? assert.fail();
  const isAsFar = () => compareVersions(follower.last().asOf[of]?.hi ?? '0', lo) >= 0;
  await until('it has come as far', isAsFar, BOOKMARK_MS);
});
