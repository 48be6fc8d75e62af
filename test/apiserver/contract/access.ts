import assert from 'node:assert/strict';
import { test } from 'node:test';
import { until } from '../../kit/until.ts';
import type { ApiBody } from '../../kubernetes/caller.ts';
import { begin, mapOf, type Open, type Subject } from './subject.ts';

const REVIEWS = '/apis/authentication.k8s.io/v1/tokenreviews';
const ACCESS = '/apis/authorization.k8s.io/v1/subjectaccessreviews';
const RBAC = '/apis/rbac.authorization.k8s.io/v1';

/** Makes an account, and gives what makes tokens of it. */
async function makeAccount({ admin, pathOf }: Subject, name: string) {
  const path = pathOf('serviceaccounts');
  await admin.expect('POST', path, { body: { metadata: { name } } });
  return async (spec: object): Promise<string> => {
    const issued = await admin.expect('POST', `${path}/${name}/token`, { body: { spec } });
    return (issued.status as { token: string }).token;
  };
}

async function review({ admin }: Subject, spec: object): Promise<ApiBody> {
  const { status } = await admin.expect('POST', REVIEWS, { body: { spec } });
  return status as ApiBody;
}

export function accessContract(what: string, open: Open): void {
  test(`401 for nobody, 403 for somebody without the right, and what is missing: ${what}`, async (t) => {
    const subject = await begin(t, open);
    const { namespace, pathOf } = subject;
    const path = pathOf('configmaps');
    await subject.admin.expect('POST', path, { body: mapOf('a', {}) });
    const [unauthorized, refusal] = await subject.as('wrong').send('GET', path);
    assert.deepEqual([unauthorized, refusal.reason], [401, 'Unauthorized']);
    const issue = await makeAccount(subject, 'nobody');
    const nobody = subject.as(await issue({}));
    for (const [method, at, said] of [
      ['GET', path, 'configmaps is forbidden: User "U" cannot list resource'],
      ['GET', `${path}/a`, 'configmaps "a" is forbidden: User "U" cannot get resource'],
      ['DELETE', `${path}/a`, 'configmaps "a" is forbidden: User "U" cannot delete resource'],
      ['PATCH', `${path}/a`, 'configmaps "a" is forbidden: User "U" cannot patch resource'],
    ] as const) {
      const [status, forbidden] = await nobody.send(method, at, { body: {} });
      assert.deepEqual([status, forbidden.reason], [403, 'Forbidden']);
      const user = `system:serviceaccount:${namespace}:nobody`;
      const all = `${said} "configmaps" in API group "" in the namespace "${namespace}"`;
      assert.equal(forbidden.message, all.replace('"U"', `"${user}"`));
    }
  });

  test(`Secrets are asked for by their type and name, with a right by name: ${what}`, async (t) => {
    const subject = await begin(t, open);
    const { admin, namespace, pathOf } = subject;
    const path = pathOf('secrets');
    const data = { 'tls.crt': 'eA==', 'tls.key': 'eA==' };
    const secretOf = (name: string, type: string) => ({
      body: { apiVersion: 'v1', kind: 'Secret', metadata: { name }, type, data },
    });
    for (const name of ['a', 'b'])
      await admin.expect('POST', path, secretOf(name, 'kubernetes.io/tls'));
    await admin.expect('POST', path, secretOf('c', 'Opaque'));
    const named = async (selector: string) => {
      const list = await admin.expect('GET', `${path}?fieldSelector=${selector}`);
      return list.items?.map(({ metadata }) => metadata.name);
    };
    assert.deepEqual(await named('type%3Dkubernetes.io/tls'), ['a', 'b']);
    assert.deepEqual(await named('metadata.name%3Da,type%3Dkubernetes.io/tls'), ['a']);
    assert.deepEqual(await named('metadata.name%3Dc,type%3Dkubernetes.io/tls'), []);

    const issue = await makeAccount(subject, 'reader');
    const at = (kind: string) =>
      `/apis/rbac.authorization.k8s.io/v1/namespaces/${namespace}/${kind}`;
    const metadata = { name: 'by-name' };
    const rules = [
      { apiGroups: [''], resources: ['secrets'], resourceNames: ['a'], verbs: ['list', 'watch'] },
    ];
    await admin.expect('POST', at('roles'), { body: { metadata, rules } });
    const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'by-name' };
    const subjects = [{ kind: 'ServiceAccount', name: 'reader', namespace }];
    await admin.expect('POST', at('rolebindings'), { body: { metadata, roleRef, subjects } });
    const reader = subject.as(await issue({}));
    const statusOf = async (selector: string) =>
      (await reader.send('GET', `${path}?fieldSelector=${selector}`))[0];
    await until(
      'the right holds',
      async () => (await statusOf('metadata.name%3Da,type%3Dkubernetes.io/tls')) === 200,
    );
    assert.equal(await statusOf('metadata.name%3Db,type%3Dkubernetes.io/tls'), 403);
    assert.equal(await statusOf('type%3Dkubernetes.io/tls'), 403);
  });

  test(`a TokenReview vouches for a token and an audience: ${what}`, async (t) => {
    const subject = await begin(t, open);
    const { namespace, admin, pathOf } = subject;
    const issue = await makeAccount(subject, 'reader');
    const token = await issue({ audiences: ['ours'], expirationSeconds: 600 });
    const { authenticated, audiences, user } = await review(subject, {
      token,
      audiences: ['ours', 'theirs'],
    });
    assert.deepEqual([authenticated, audiences], [true, ['ours']]);
    const { username, groups } = user as { username: string; groups: readonly string[] };
    assert.equal(username, `system:serviceaccount:${namespace}:reader`);
    const of = 'system:serviceaccounts';
    assert.deepEqual(groups, [of, `${of}:${namespace}`, 'system:authenticated']);
    for (const spec of [{ token, audiences: ['theirs'] }, { token }, { token: 'wrong' }]) {
      const refused = await review(subject, spec);
      assert.deepEqual([refused.authenticated, refused.user], [undefined, {}]);
      assert.match(String(refused.error), /invalid bearer token/);
    }
    assert.equal((await admin.send('POST', REVIEWS, { body: { spec: { token: '' } } }))[0], 400);
    const spec = { containers: [{ name: 'a', image: 'a' }], serviceAccountName: 'reader' };
    const pod = { metadata: { name: 'p' }, spec };
    const { uid } = (await admin.expect('POST', pathOf('pods'), { body: pod })).metadata;
    const boundObjectRef = { apiVersion: 'v1', kind: 'Pod', name: 'p', uid };
    const bound = await issue({ audiences: ['ours'], boundObjectRef });
    const owner = await review(subject, { token: bound, audiences: ['ours'] });
    const { extra = {} } = owner.user as { extra?: Record<string, readonly string[]> };
    assert.deepEqual(extra['authentication.kubernetes.io/pod-name'], ['p']);
    assert.deepEqual(extra['authentication.kubernetes.io/pod-uid'], [uid]);
  });

  test(`a SubjectAccessReview answers by RBAC, of paths and of resources: ${what}`, async (t) => {
    const subject = await begin(t, open);
    const { admin, namespace: name } = subject;
    const user = `system:serviceaccount:${name}:reader`;
    const may = async (about: object) => {
      const answer = await admin.expect('POST', ACCESS, { body: { spec: { user, ...about } } });
      return (answer.status as { allowed: boolean }).allowed;
    };
    const path = { nonResourceAttributes: { path: '/bundle', verb: 'get' } };
    const pods = { resourceAttributes: { namespace: name, resource: 'pods', verb: 'list' } };
    assert.deepEqual([await may(path), await may(pods)], [false, false]);
    const rules = [
      { nonResourceURLs: ['/bundle'], verbs: ['get'] },
      { apiGroups: [''], resources: ['pods'], verbs: ['list'] },
    ];
    await admin.expect('POST', `${RBAC}/clusterroles`, { body: { metadata: { name }, rules } });
    const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name };
    const subjects = [{ kind: 'ServiceAccount', name: 'reader', namespace: name }];
    const binding = { metadata: { name }, roleRef, subjects };
    await admin.expect('POST', `${RBAC}/clusterrolebindings`, { body: binding });
    await until('both are granted', async () => (await may(path)) && (await may(pods)));
    const other = { resourceAttributes: { namespace: name, resource: 'pods', verb: 'get' } };
    assert.equal(await may(other), false);
    for (const spec of [{ user }, { user, ...path, ...pods }])
      assert.equal((await admin.send('POST', ACCESS, { body: { spec } }))[0], 422);
  });
}
