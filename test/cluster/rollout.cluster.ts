import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { stringify } from 'yaml';
import { MERGE_PATCH } from '../apiserver/contract/subject.ts';
import { folder } from '../kit/folder.ts';
import { PROGRAMS } from '../kit/processes.ts';
import { until } from '../kit/until.ts';
import { install } from './installed.ts';

const MAPS = '/api/v1/namespaces/lb/configmaps';
const RBAC = '/apis/rbac.authorization.k8s.io/v1/namespaces/lb';
/** As docs/kubernetes.md says; the last two are for `diff --rendered`. */
const RULES = [
  { apiGroups: ['apps'], resources: ['controllerrevisions'], verbs: ['list'] },
  { apiGroups: [''], resources: ['configmaps'], verbs: ['list'] },
  { apiGroups: [''], resources: ['configmaps'], resourceNames: ['rollout'], verbs: ['update'] },
  { apiGroups: [''], resources: ['pods'], verbs: ['list'] },
  { apiGroups: [''], resources: ['configmaps', 'pods'], verbs: ['watch'] },
  { apiGroups: [''], resources: ['secrets'], resourceNames: ['keys'], verbs: ['list', 'watch'] },
];

/** A replica that serves, and people with a kubeconfig each. */
async function begin(t: TestContext) {
  const { plane, caller, issueTo, startReplica } = await install(t, 'renderer');
  const entry = { namespace: 'lb', selector: { app: 'web' }, port: 8080 };
  const servicesOf = (...names: readonly string[]) =>
    Object.fromEntries(names.map((name) => [name, JSON.stringify(entry)]));
  const template = '{% for service in services %}backend {{ service.name }}\n{% endfor %}';
  for (const [name, data] of [
    ['services', servicesOf('web')],
    ['certificates', {}],
    ['config', { template }],
  ] as const)
    await caller.expect('POST', MAPS, { body: { metadata: { name }, data } });
  await caller.expect('POST', '/api/v1/namespaces/lb/secrets', {
    body: { metadata: { name: 'keys' } },
  });
  for (const name of ['operator', 'stranger'])
    await caller.expect('POST', '/api/v1/namespaces/lb/serviceaccounts', {
      body: { metadata: { name } },
    });
  await caller.expect('POST', `${RBAC}/roles`, { body: { metadata: { name: 'x' }, rules: RULES } });
  const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'x' };
  const subjects = [{ kind: 'ServiceAccount', name: 'operator', namespace: 'lb' }];
  const body = { metadata: { name: 'x' }, roleRef, subjects };
  await caller.expect('POST', `${RBAC}/rolebindings`, { body });

  const home = await folder();
  const authority = join(home, 'ca.pem');
  writeFileSync(authority, plane.server.ca);
  /** The command, by the kubeconfig of an account. */
  async function rolloutAs(account: string) {
    const config = {
      'current-context': 'x',
      contexts: [{ name: 'x', context: { cluster: 'x', user: 'x' } }],
      clusters: [
        { name: 'x', cluster: { server: plane.server.url, 'certificate-authority': authority } },
      ],
      users: [{ name: 'x', user: { tokenFile: await issueTo(account, {}) } }],
    };
    const kubeconfig = join(home, `${account}.yaml`);
    writeFileSync(kubeconfig, stringify(config));
    return (...words: readonly string[]) => run(kubeconfig, words);
  }
  await startReplica();
  const rollout = async () => (await caller.expect('GET', `${MAPS}/rollout`)).data ?? {};
  const kept = (before?: unknown) =>
    until('another revision is stable', async () => {
      const { stable } = (await rollout()) as { stable?: string };
      return stable === before ? undefined : stable;
    });
  const first = await kept();
  const change = (name: string, data: object) =>
    caller.expect('PATCH', `${MAPS}/${name}`, { body: { data }, contentType: MERGE_PATCH });
  await change('services', servicesOf('later'));
  const second = await kept(first);
  return { caller, rolloutAs, rollout, kept, change, servicesOf, first, second, plane };
}

interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function run(kubeconfig: string, words: readonly string[]): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [PROGRAMS.service, 'rollout', ...words], {
      env: { PATH: process.env.PATH, KUBECONFIG: kubeconfig },
    });
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (part: Buffer) => {
      stdout += part.toString();
    });
    child.stderr.on('data', (part: Buffer) => {
      stderr += part.toString();
    });
    child.on('error', reject);
    child.on('close', (status) => resolve({ status, stdout, stderr }));
  });
}

test('people look back and go back by their own rights', async (t) => {
  const { caller, rolloutAs, rollout, kept, change, servicesOf, first, second } = await begin(t);
  const as = await rolloutAs('operator');

  const listed = await as('history', '-o', 'json');
  assert.equal(listed.status, 0, listed.stderr);
  const rows = JSON.parse(listed.stdout) as Record<string, unknown>[];
  assert.deepEqual(
    rows.map(({ hash, state, changed }) => [hash, state, changed]),
    [
      [first, '', 'first that is kept'],
      [second, 'stable', 'services +later'],
    ],
  );
  const [one, two] = rows.map(({ revision }) => String(revision)) as [string, string];
  assert.match((await as('diff', one, two)).stdout, /^\+\+\+ .*services\/later$/m);
  const rendered = await as('diff', one, two, '--rendered');
  assert.equal(rendered.status, 1, rendered.stderr);
  assert.match(rendered.stdout, /^\+backend later$/m);

  const undone = await as('undo');
  assert.match(undone.stdout, /is pinned/, undone.stderr);
  assert.deepEqual(await rollout(), { ...(await rollout()), pinned: first, stable: second });
  assert.equal(JSON.parse((await as('history', '-o', 'json')).stdout)[0].state, 'pinned');
  assert.equal((await as('resume')).status, 0);
  assert.equal((await as('pause')).status, 0);
  assert.deepEqual(await rollout(), { ...(await rollout()), paused: 'true' });
  assert.ok(!Object.hasOwn(await rollout(), 'pinned'));
  await change('services', servicesOf('third'));
  const status = await as('status');
  assert.deepEqual([status.status, status.stderr], [1, '']);
  assert.match(
    status.stdout,
    /\nunknown: the namespace has no ready pod/,
    'no pod of the service runs in this cluster',
  );
  assert.equal((await as('resume')).status, 0);
  await kept(second);
  const { items = [] } = await caller.expect(
    'GET',
    '/apis/apps/v1/namespaces/lb/controllerrevisions',
  );
  assert.equal(items.length, 3);
});

test('who lacks a right is told which', async (t) => {
  const { rolloutAs, rollout } = await begin(t);
  const before = await rollout();
  const as = await rolloutAs('stranger');
  for (const [words, said] of [
    [['history'], /cannot list resource "controllerrevisions".*\[kubernetes-forbidden\]/],
    [['diff'], /cannot list resource "controllerrevisions"/],
    [['undo'], /cannot list resource "controllerrevisions"/],
    [['pause'], /cannot list resource "configmaps"/],
    [['resume'], /cannot list resource "configmaps"/],
    [['status'], /cannot list resource "pods"/],
  ] as const) {
    const { status, stdout, stderr } = await as(...words);
    assert.deepEqual([status, stdout], [1, '']);
    assert.match(stderr, said);
    assert.match(stderr, /\nWhoever runs the cluster grants you the rules .* your account\.\n$/);
  }
  assert.deepEqual(await rollout(), before);
});

test('after a restore of etcd, what people change is served without waiting for versions that will not come', async (t) => {
  const { caller, plane, kept, change, servicesOf, second } = await begin(t);
  const saved = await plane.etcd.save();
  for (let i = 0; i < 50; i++) await change('certificates', { [`k${i}`]: 'x' });
  await change('services', servicesOf('third'));
  const third = await kept(second);
  const { data } = await caller.expect('GET', `${MAPS}/rollout`);
  await plane.server.kill();
  await plane.etcd.restore(saved);
  await plane.server.start();
  // A write that was on its way brings the versions of before.
  const body = { data };
  await until('it is written', async () => {
    await caller.expect('PATCH', `${MAPS}/rollout`, { body, contentType: MERGE_PATCH });
    return true;
  });
  await change('services', servicesOf('fourth'));
  const isServed = async () => {
    const { data: now = {} } = await caller.expect('GET', `${MAPS}/rollout`);
    const { stable } = now as { stable?: string };
    return stable !== third && stable !== second;
  };
  await until('the next is stable', isServed, 25_000);
});
