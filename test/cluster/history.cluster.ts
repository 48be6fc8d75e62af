import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, type TestContext, test } from 'node:test';
import { hashIntent, type Intent } from '../../functions/core/intent.ts';
import type { Rollout } from '../../functions/core/rollout.ts';
import { createApiClient } from '../../functions/kubernetes/client.ts';
import { createKubernetesHistory } from '../../functions/kubernetes/history.ts';
import { createCaller } from '../kubernetes/caller.ts';
import { startControlPlane } from './control-plane.ts';

const plane = await startControlPlane({ after });

const withoutVersion = ({ version: _, ...rollout }: Rollout) => rollout;
const intentOf = (template: string): Intent => ({ services: {}, config: { template } });
const revisionOf = (template: string) => ({
  hash: hashIntent(intentOf(template)),
  intent: intentOf(template),
  at: '2026-01-01T00:00:00.000Z',
  by: [],
  held: [],
});

/** Two replicas' histories in a namespace of a real API server. */
async function begin(t: TestContext) {
  const caller = createCaller(plane.admin);
  const namespace = `history-${randomBytes(4).toString('hex')}`;
  const body = { metadata: { name: namespace } };
  await caller.expect('POST', '/api/v1/namespaces', { body });
  const client = createApiClient(plane.admin);
  t.after(async () => {
    await client.close();
    await caller.close();
  });
  const open = () => createKubernetesHistory({ client, namespace, limit: 3 });
  const revisions = `/apis/apps/v1/namespaces/${namespace}/controllerrevisions`;
  const [one, other] = [open(), open()];
  return {
    one,
    other,
    caller,
    namespace,
    revisions,
    templates: async () => (await one.list()).map(({ intent }) => intent.config?.template),
    objects: async () => (await caller.expect('GET', revisions)).items ?? [],
  };
}

test('revisions are kept in the order in which they were served last, and not too many', async (t) => {
  const { one, other, templates } = await begin(t);
  for (const template of ['a', 'b', 'a']) await one.record(revisionOf(template));
  assert.deepEqual(await templates(), ['b', 'a']);
  for (const template of ['c', 'd', 'e']) await other.record(revisionOf(template));
  await other.prune(new Set());
  assert.deepEqual(await templates(), ['c', 'd', 'e']);
});

test('replicas that keep the same one at once meet; one too large for an object comes back whole', async (t) => {
  const { one, other, objects } = await begin(t);
  const large = revisionOf(randomBytes(1_500_000).toString('base64'));
  await Promise.all([one.record(large), other.record(large)]);
  assert.ok((await objects()).length > 1);
  for (const history of [one, other]) {
    const [kept, ...more] = await history.list();
    assert.deepEqual([kept?.hash, more.length], [large.hash, 0]);
    assert.equal(hashIntent(kept?.intent ?? assert.fail()), large.hash);
  }
});

test('replicas that steer at once all succeed, one after the other', async (t) => {
  const { one, other } = await begin(t);
  const stable = hashIntent(intentOf('a'));
  await one.steer((rollout) => ({ ...rollout, isPaused: true }));
  await Promise.all([
    one.steer((rollout) => ({ ...rollout, isPaused: false })),
    other.steer((rollout) => ({ ...rollout, stable })),
  ]);
  assert.deepEqual(withoutVersion(await one.rollout()), { stable, isPaused: false });
});

test('a revision says who changed the ConfigMaps that it was made from, last first', async (t) => {
  const { one, caller, namespace } = await begin(t);
  const maps = `/api/v1/namespaces/${namespace}/configmaps`;
  const put = (name: string, userAgent: string) =>
    caller.expect('POST', maps, { body: { metadata: { name }, data: { k: 'v' } }, userAgent });
  await put('services', 'kubectl/v1.36.0 (linux/amd64)');
  await put('config', 'helm/v4');
  await one.record(revisionOf('a'));
  assert.deepEqual([...((await one.list())[0]?.by ?? [])].sort(), ['helm', 'kubectl']);
});

test('a history that is deleted or holds garbage is no obstacle', async (t) => {
  const { one, caller, objects, revisions, templates } = await begin(t);
  await one.record(revisionOf('a'));
  const [kept] = await objects();
  const { name, labels } = kept?.metadata ?? assert.fail();
  await caller.expect('DELETE', `${revisions}/${name}`);
  assert.deepEqual(await templates(), []);
  const { hash } = revisionOf('a');
  const data = { hash, index: 0, count: 1, content: 'garbage', about: {} };
  for (const [as, holding] of [
    [name, data],
    ['another', { schema: 99 }],
  ] as const) {
    const body = { metadata: { name: as, labels }, revision: 7, data: holding };
    await caller.expect('POST', revisions, { body });
  }
  assert.deepEqual(await templates(), []);
  for (const template of ['b', 'a']) await one.record(revisionOf(template));
  assert.deepEqual(await templates(), ['b', 'a']);
});
