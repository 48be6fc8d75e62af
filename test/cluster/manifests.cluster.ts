import assert from 'node:assert/strict';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { after, type TestContext, test } from 'node:test';
import { stringify } from 'yaml';
import { authorizeBy, covers } from '../apiserver/rbac.ts';
import { folder } from '../kit/folder.ts';
import { startServiceProcess } from '../kit/service.ts';
import { until } from '../kit/until.ts';
import { atoms, grantsOf } from '../k8s/grants.ts';
import { buildKustomization } from '../k8s/kustomization.ts';
import { createCaller } from '../kubernetes/caller.ts';
import { apply } from './apply.ts';
import { attemptOf, readAudit } from './audit.ts';
import { startControlPlane } from './control-plane.ts';

const RENDERER = 'system:serviceaccount:lb:renderer';
const AUDIENCE = 'kubernetes-haproxy';

const manifestsOf = (...folders: readonly string[]) =>
  folders.flatMap((name) => buildKustomization(resolve('k8s', name)));

async function begin(t: TestContext) {
  const plane = await startControlPlane(t);
  const caller = createCaller(plane.admin);
  after(() => caller.close());
  await caller.expect('POST', '/api/v1/namespaces', { body: { metadata: { name: 'lb' } } });
  const issue = async (account: string, spec: object): Promise<string> => {
    const path = `/api/v1/namespaces/lb/serviceaccounts/${account}/token`;
    const issued = await caller.expect('POST', path, { body: { spec } });
    return (issued.status as { token: string }).token;
  };
  /** A replica of the service as the manifests run it: as account `renderer`, which lets in by TokenReview. */
  const startReplica = async (...args: readonly string[]) => {
    const home = await folder();
    writeFileSync(join(home, 'ca.pem'), plane.server.ca);
    writeFileSync(join(home, 'token'), await issue('renderer', {}));
    const config = {
      'current-context': 'x',
      contexts: [{ name: 'x', context: { cluster: 'x', user: 'x' } }],
      clusters: [
        { name: 'x', cluster: { server: plane.server.url, 'certificate-authority': 'ca.pem' } },
      ],
      users: [{ name: 'x', user: { tokenFile: 'token' } }],
    };
    writeFileSync(join(home, 'config'), stringify(config));
    const env = { KUBECONFIG: join(home, 'config'), AUTH: 'kubernetes' };
    return await startServiceProcess(t, { args, env });
  };
  return { plane, caller, issue, startReplica };
}

test('the API server takes every manifest as it is, each field known', async (t) => {
  const { caller } = await begin(t);
  for (const name of ['renderer', 'haproxy', 'config', 'daemonset', 'deployment', 'all-namespaces'])
    await apply(caller, manifestsOf(name), 'dryRun=All');
});

for (const [what, folders, args] of [
  ['one namespace', ['renderer', 'haproxy', 'namespace-pods'], []],
  ['all namespaces', ['renderer', 'haproxy', 'all-namespaces'], ['--all-namespaces']],
] as const)
  test(`replicas ask for what their account is granted, no more and no less: ${what}`, async (t) => {
    const { plane, caller, issue, startReplica } = await begin(t);
    await apply(caller, manifestsOf(...folders, 'config'));
    const keys = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'keys' } };
    await caller.send('POST', '/api/v1/namespaces/lb/secrets', { body: keys });
    const authorization = `Bearer ${await issue('haproxy', { audiences: [AUDIENCE] })}`;
    const etagAt = async (url: string): Promise<string | null> => {
      const answer = await fetch(`${url}/bundle`, { headers: { authorization } });
      await answer.body?.cancel();
      return answer.status === 200 ? answer.headers.get('etag') : null;
    };
    const streaming = await startReplica(...args);
    const etag = await until('the first serves', () => etagAt(streaming.url));
    // It is gone before the API server is: one that starts refuses everybody until it has read the roles.
    const ended = once(streaming.child, 'exit');
    streaming.child.kill('SIGTERM');
    await ended;
    await plane.restart({ WatchList: false });
    const paging = await startReplica(...args);
    assert.equal(await until('the second serves', () => etagAt(paging.url)), etag);

    const grants = grantsOf(...folders).filter(({ user }) => user === RENDERER);
    const requests = readAudit(plane.server.auditLog, RENDERER);
    assert.deepEqual(
      requests.filter(({ responseStatus }) => responseStatus?.code === 403),
      [],
    );
    const attempts = requests.map(attemptOf);
    const isGranted = authorizeBy(grants);
    for (const attempt of attempts)
      assert.ok(isGranted(attempt), `refused: ${JSON.stringify(attempt)}`);
    for (const atom of atoms(grants))
      assert.ok(
        attempts.some((attempt) => covers(atom, attempt)),
        `never used: ${JSON.stringify(atom)}`,
      );
  });
