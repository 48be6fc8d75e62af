import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { MERGE_PATCH } from '../apiserver/contract/subject.ts';
import { authorizeBy, covers } from '../apiserver/rbac.ts';
import { until } from '../kit/until.ts';
import { atoms, grantsOf } from '../k8s/grants.ts';
import type { Caller } from '../kubernetes/caller.ts';
import { apply } from './apply.ts';
import { attemptOf, readAudit } from './audit.ts';
import { install, manifestsOf } from './installed.ts';

const RENDERER = 'system:serviceaccount:lb:renderer';
const AUDIENCE = 'kubernetes-haproxy';
const FOLDERS = [
  ...['renderer', 'haproxy', 'config', 'daemonset', 'deployment', 'all-namespaces'],
  'admission',
];
const MAPS = '/api/v1/namespaces/lb/configmaps';

/** Waits until a revision is kept and stable, other than the one before; gives its hash. */
const kept = (caller: Caller, before?: string): Promise<string> =>
  until('the next revision is stable', async () => {
    const { data } = await caller.expect('GET', `${MAPS}/rollout`);
    const { stable } = (data ?? {}) as { stable?: string };
    return stable === before ? undefined : stable;
  });

/** Templates come, come again, and go: revisions are made, numbered anew, and deleted. */
async function changeIntent(caller: Caller, first: string): Promise<void> {
  let stable = first;
  for (const template of ['# a\n', '# b\n', '# a\n', '# c\n']) {
    const body = { data: { template: `global\n${template}` } };
    await caller.expect('PATCH', `${MAPS}/config`, { body, contentType: MERGE_PATCH });
    stable = await kept(caller, stable);
  }
}

test('the API server takes every manifest as it is, each field known', async (t) => {
  const { caller } = await install(t);
  for (const name of FOLDERS) await apply(caller, manifestsOf(name), 'dryRun=All');
});

for (const [what, folders, args] of [
  ['one namespace', ['renderer', 'haproxy', 'namespace-pods'], []],
  ['all namespaces', ['renderer', 'haproxy', 'all-namespaces'], ['--all-namespaces']],
] as const)
  test(`replicas ask for what their account is granted, no more and no less: ${what}`, async (t) => {
    const { plane, caller, issueTo, startReplica } = await install(t, ...folders, 'config');
    const token = readFileSync(await issueTo('haproxy', { audiences: [AUDIENCE] }), 'utf8');
    const etagAt = async (url: string): Promise<string | null> => {
      const headers = { authorization: `Bearer ${token}` };
      const answer = await fetch(`${url}/bundle`, { headers });
      await answer.body?.cancel();
      return answer.status === 200 ? answer.headers.get('etag') : null;
    };
    const streaming = await startReplica(...args);
    const etag = await until('the first serves', () => etagAt(streaming.url));
    const first = await kept(caller);
    // It is gone before the API server is: one that starts refuses everybody until it has read the roles.
    const ended = once(streaming.child, 'exit');
    streaming.child.kill('SIGTERM');
    await ended;
    await plane.restart({ WatchList: false });
    const paging = await startReplica(...args, '--revision-history=2');
    assert.equal(await until('the second serves', () => etagAt(paging.url)), etag);
    await changeIntent(caller, first);

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
