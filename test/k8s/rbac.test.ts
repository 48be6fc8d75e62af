import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type TestContext, test } from 'node:test';
import { hashIntent } from '../../functions/core/intent.ts';
import { kubernetesAccess } from '../../functions/kubernetes/access.ts';
import { createApiClient } from '../../functions/kubernetes/client.ts';
import { createEvents } from '../../functions/kubernetes/events.ts';
import type { Credentials } from '../../functions/kubernetes/credentials.ts';
import { createKubernetesHistory } from '../../functions/kubernetes/history.ts';
import { kubeconfigCredentials } from '../../functions/kubernetes/kubeconfig.ts';
import { createLog } from '../../functions/wire/log.ts';
import type { Attempt } from '../apiserver/access.ts';
import { authorizeBy, covers, type Grant } from '../apiserver/rbac.ts';
import { startApiServer } from '../apiserver/server.ts';
import { folder } from '../kit/folder.ts';
import { follow } from '../kubernetes/follower.ts';
import { configMap, configure, pod } from '../kubernetes/objects.ts';
import { atoms, grantsOf } from './grants.ts';

const RENDERER = 'system:serviceaccount:lb:renderer';
const RELOADER = 'system:serviceaccount:lb:haproxy';
const AUDIENCE = 'kubernetes-haproxy';

/** Revisions come, come again, and go; the rollout changes. */
async function keepRevisions(credentials: Credentials): Promise<void> {
  const client = createApiClient(credentials);
  const history = createKubernetesHistory({ client, namespace: 'lb', limit: 2 });
  for (const template of ['a', 'b', 'a', 'c']) {
    const intent = { services: {}, config: { template } };
    const hash = hashIntent(intent);
    await history.record({ hash, intent, at: '2026-01-01T00:00:00Z', by: [], held: [] });
    await history.mark(hash, { isProven: true });
    await history.steer((rollout) => ({ ...rollout, stable: hash }));
    await history.prune(new Set());
  }
  await client.close();
}

/** Something happens twice, seen by two replicas. */
async function tellEvents(credentials: Credentials): Promise<void> {
  const client = createApiClient(credentials);
  const log = createLog({ component: 'test', write: (line) => assert.fail(line) });
  for (const instance of ['a', 'b']) {
    const options = { client, namespace: 'lb', instance, uidOf: () => undefined, log };
    const events = createEvents(options);
    const occurrence = { reason: 'EntryAccepted', object: 'configmaps/lb/services' } as const;
    for (let i = 0; i < 2; i++) events.tell({ ...occurrence, subject: 'x', note: 'x' });
    await events.settled();
  }
  await client.close();
}

/** Everything that the service and a reloader ask of an API server whose policy is `grants`. */
async function attemptsUnder(
  t: TestContext,
  { grants, isClusterWide }: { grants: readonly Grant[]; isClusterWide: boolean },
): Promise<readonly Attempt[]> {
  const server = await startApiServer(t, { needsToken: true });
  const attempts: Attempt[] = [];
  const authorize = authorizeBy(grants);
  server.authorize = (attempt) => {
    attempts.push(attempt);
    return authorize(attempt);
  };
  server.tokens.set('of-renderer', { name: RENDERER });
  server.tokens.set('of-reloader', { name: RELOADER, audiences: [AUDIENCE] });
  configure(server.store, ['default']);
  server.store.put('configmaps', configMap('rollout', {}));
  server.store.put('pods', pod('default', 'a'));
  const path = join(await folder(), 'kubeconfig');
  writeFileSync(
    path,
    JSON.stringify({
      'current-context': 'x',
      contexts: [{ name: 'x', context: { cluster: 'x', user: 'x' } }],
      clusters: [{ name: 'x', cluster: { server: server.base } }],
      users: [{ name: 'x', user: { token: 'of-renderer' } }],
    }),
  );
  const credentials = await kubeconfigCredentials({ paths: path, environment: {} });
  for (const hasStreamingLists of [true, false]) {
    server.hasStreamingLists = hasStreamingLists;
    const follower = follow(t, { base: server.base, credentials, isClusterWide });
    await follower.synced();
    await follower.agrees(server, 'pods/default', 'configmaps/lb', 'secrets/lb');
    assert.deepEqual(follower.last().unread, []);
  }
  await keepRevisions(credentials);
  await tellEvents(credentials);
  const access = kubernetesAccess({ credentials, audience: AUDIENCE });
  const request = { method: 'GET', path: '/bundle', peer: '', authorization: 'Bearer of-reloader' };
  assert.equal((await access.admit(request)).kind, 'allowed');
  return attempts;
}

for (const [what, folders, isClusterWide] of [
  ['one namespace', ['renderer', 'haproxy', 'namespace-pods'], false],
  ['all namespaces', ['renderer', 'haproxy', 'all-namespaces'], true],
] as const)
  test(`what is granted is what is asked for, no more and no less: ${what}`, async (t) => {
    const grants = grantsOf(...folders);
    const attempts = await attemptsUnder(t, { grants, isClusterWide });
    for (const attempt of attempts)
      assert.ok(authorizeBy(grants)(attempt), `refused: ${JSON.stringify(attempt)}`);
    for (const atom of atoms(grants))
      assert.ok(
        attempts.some((attempt) => covers(atom, attempt)),
        `never used: ${JSON.stringify(atom)}`,
      );
  });

test('a reloader is granted the bundle alone, and no token of the API server', () => {
  const own = grantsOf('daemonset').filter(({ user }) => user === RELOADER);
  assert.deepEqual(
    own.map(({ rule }) => rule),
    [{ nonResourceURLs: ['/bundle'], verbs: ['get'] }],
  );
  for (const file of ['daemonset/daemonset.yaml', 'deployment/deployment.yaml'])
    assert.match(readFileSync(resolve('k8s', file), 'utf8'), /automountServiceAccountToken: false/);
});
