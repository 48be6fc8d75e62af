import assert from 'node:assert/strict';
import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, type TestContext, test } from 'node:test';
import { kubernetesAccess } from '../../functions/kubernetes/access.ts';
import { serviceAccountCredentials } from '../../functions/kubernetes/service-account.ts';
import { folder } from '../kit/folder.ts';
import { until } from '../kit/until.ts';
import { createCaller } from '../kubernetes/caller.ts';
import { openCluster } from '../kubernetes/cluster.ts';
import { startControlPlane } from './control-plane.ts';
import { begin } from './scene.ts';
import { signToken } from './token.ts';

const AUDIENCE = 'kubernetes-haproxy';
const RBAC = '/apis/rbac.authorization.k8s.io/v1';
/** A yes of the service is good for so long. */
const YES_MS = 300_000;
/** The API server takes a token for so many seconds after its expiry: clocks differ. */
const LEEWAY = 60;

const plane = await startControlPlane({ after });

/** An account in a namespace, which may read everything and request `/bundle`. */
async function makeAccount(t: TestContext, namespace: string) {
  const caller = createCaller(plane.admin);
  t.after(() => caller.close());
  const accounts = `/api/v1/namespaces/${namespace}/serviceaccounts`;
  const name = 'reader';
  const made = await caller.expect('POST', accounts, { body: { metadata: { name } } });
  const metadata = { name: namespace };
  const rules = [
    { nonResourceURLs: ['/bundle'], verbs: ['get'] },
    { apiGroups: [''], resources: ['*'], verbs: ['get', 'list', 'watch'] },
  ];
  await caller.expect('POST', `${RBAC}/clusterroles`, { body: { metadata, rules } });
  const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: namespace };
  const subjects = [{ kind: 'ServiceAccount', name, namespace }];
  await caller.expect('POST', `${RBAC}/clusterrolebindings`, {
    body: { metadata, roleRef, subjects },
  });
  const account = { name, uid: String(made.metadata.uid) };
  return {
    caller,
    sign: (seconds: number, audience?: string) =>
      signToken({
        key: plane.server.tokenKey,
        namespace,
        account,
        seconds,
        ...(audience === undefined ? {} : { audience }),
      }),
    issue: async (spec: object) => {
      const issued = await caller.expect('POST', `${accounts}/${name}/token`, { body: { spec } });
      return (issued.status as { token: string }).token;
    },
    remove: () => caller.expect('DELETE', `${accounts}/${name}`),
  };
}

/** What is answered to whoever asks for the bundle with a token. */
function doorman(clock: { now: number }) {
  const access = kubernetesAccess({
    credentials: plane.admin,
    audience: AUDIENCE,
    now: () => clock.now,
  });
  return async (token: string): Promise<string> => {
    const authorization = `Bearer ${token}`;
    const request = { method: 'GET', path: '/bundle', peer: '', authorization };
    const verdict = await access.admit(request);
    return verdict.kind === 'refused' ? `${verdict.status} ${verdict.code}` : verdict.kind;
  };
}

async function beginAccess(t: TestContext) {
  const { namespaces } = await openCluster(t, plane.admin);
  const account = await makeAccount(t, namespaces.lb);
  const clock = { now: Date.now() };
  return { ...account, namespace: namespaces.lb, clock, admit: doorman(clock) };
}

test("a reloader's token that expires lets nobody in any more", async (t) => {
  const { admit, clock, sign } = await beginAccess(t);
  const token = sign(3 - LEEWAY, AUDIENCE);
  await until('it is let in', async () => (await admit(token)) === 'allowed');
  assert.equal(await admit(sign(-1 - LEEWAY, AUDIENCE)), '401 token-wrong', 'one that has expired');
  // The API server remembers for ten seconds what it found out about a token.
  await until('it is refused', async () => {
    clock.now += YES_MS;
    return (await admit(token)) === '401 token-wrong';
  });
  assert.equal(await admit(sign(600, AUDIENCE)), 'allowed', 'the next one');
  assert.equal(await admit(sign(600, 'somebody-else')), '401 token-wrong');
});

test("a reloader's token that is revoked with its pod lets nobody in any more", async (t) => {
  const { admit, caller, clock, issue, namespace } = await beginAccess(t);
  const pods = `/api/v1/namespaces/${namespace}/pods`;
  const spec = { serviceAccountName: 'reader', containers: [{ name: 'a', image: 'a' }] };
  const pod = await caller.expect('POST', pods, { body: { metadata: { name: 'p' }, spec } });
  const { uid } = pod.metadata;
  const boundObjectRef = { apiVersion: 'v1', kind: 'Pod', name: 'p', uid };
  const token = await issue({ audiences: [AUDIENCE], boundObjectRef });
  await until('it is let in', async () => (await admit(token)) === 'allowed');
  await caller.expect('DELETE', `${pods}/p`, { body: { gracePeriodSeconds: 0 } });
  assert.equal(await admit(token), 'allowed', 'a yes is good for five minutes');
  await until('it is refused', async () => {
    clock.now += YES_MS;
    return (await admit(token)) === '401 token-wrong';
  });
});

test('while the API server is away a yes is good for longer, and nobody new is let in', async (t) => {
  const { admit, clock, issue } = await beginAccess(t);
  const [token, other] = await Promise.all([
    issue({ audiences: [AUDIENCE] }),
    issue({ audiences: [AUDIENCE] }),
  ]);
  await until('it is let in', async () => (await admit(token)) === 'allowed');
  await plane.server.kill();
  clock.now += YES_MS;
  assert.equal(await admit(token), 'allowed');
  assert.equal(await admit(other), 'unavailable');
  clock.now += YES_MS;
  assert.equal(await admit(token), 'unavailable');
  await plane.server.start();
  await until('both are let in', async () =>
    [await admit(token), await admit(other)].every((verdict) => verdict === 'allowed'),
  );
});

for (const [what, end] of [
  ['expires', 'expiry'],
  ['is revoked with its account', 'removal'],
] as const)
  test(`the service's own token that ${what}: the last state stays, and the next token goes on`, async (t) => {
    const account = await folder();
    const credentials = serviceAccountCredentials({
      host: '127.0.0.1',
      port: String(plane.server.port),
      folder: account,
    });
    const write = async (token: string) => {
      await writeFile(join(account, 'new'), token);
      await rename(join(account, 'new'), join(account, 'token'));
    };
    await writeFile(join(account, 'ca.crt'), plane.server.ca);
    const scene = await begin(t, plane, { credentials });
    const { agrees, churn, follower, lb, status, way } = scene;
    const { sign, remove } = await makeAccount(t, lb);
    await write(sign(end === 'expiry' ? 4 - LEEWAY : 600));
    await agrees();
    if (end === 'removal') await remove();
    // A watch that is open outlives its token: only who comes anew is asked.
    await until('the token is refused', async () => {
      way.block();
      way.open();
      return status().stale?.code === 'kubernetes-unauthorized';
    });
    assert.equal(status().objects, 3);
    assert.ok(follower.last().isSynced, 'a refusal is never empty');
    await churn();
    const { sign: signNext } = end === 'removal' ? await makeAccount(t, scene.shop) : { sign };
    await write(signNext(600));
    await agrees();
    await until('it is current', () => status().stale === undefined);
  });
