import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { hashIntent, type Intent } from '../../functions/core/intent.ts';
import type { History, Revision } from '../../functions/core/revision.ts';
import { packRollout, type Rollout, unpackRollout } from '../../functions/core/rollout.ts';
import { createFolderHistory } from '../../functions/folder/history.ts';
import { createMemoryHistory } from '../../functions/intent/memory-history.ts';
import { createApiClient } from '../../functions/kubernetes/client.ts';
import { baseCredentials } from '../../functions/kubernetes/service-account.ts';
import { createKubernetesHistory } from '../../functions/kubernetes/history.ts';
import { startApiServer } from '../apiserver/server.ts';
import { folder } from '../kit/folder.ts';

const withoutVersion = ({ version: _, ...rollout }: Rollout) => rollout;
const intent = (text: string): Intent => ({ services: { web: text }, config: { template: text } });
const revision = (text: string): Revision => ({
  hash: hashIntent(intent(text)),
  intent: intent(text),
  at: '2026-01-01T00:00:00.000Z',
  by: [],
  held: [{ unit: 'services/x', code: 'haproxy-refuses', message: 'no' }],
});

const KINDS: readonly [string, (t: TestContext) => Promise<History>][] = [
  ['memory', async () => createMemoryHistory(3)],
  [
    'Kubernetes',
    async (t) => {
      const server = await startApiServer(t);
      const client = createApiClient(baseCredentials({ base: new URL(server.base) }));
      t.after(() => client.close());
      return createKubernetesHistory({ client, namespace: 'lb', limit: 3 });
    },
  ],
  ['a folder', async () => createFolderHistory({ folder: await folder(), limit: 3 })],
];

for (const [kind, open] of KINDS) {
  test(`${kind} keeps revisions in the order in which they were served last, and not too many`, async (t) => {
    const history = await open(t);
    assert.deepEqual(await history.list(), []);
    for (const text of ['a', 'b', 'a']) await history.record(revision(text));
    const texts = async () => (await history.list()).map(({ intent: i }) => i.config?.template);
    assert.deepEqual(await texts(), ['b', 'a']);
    await history.record(revision('a'));
    assert.deepEqual(await texts(), ['b', 'a'], 'the newest again is nothing new');
    const [, kept] = await history.list();
    assert.deepEqual(kept, { ...revision('a'), number: kept?.number });
    for (const text of ['c', 'd', 'e']) await history.record(revision(text));
    await history.prune(new Set());
    assert.deepEqual(await texts(), ['c', 'd', 'e']);
  });

  test(`${kind} keeps what is noted of a revision, also where that is served again`, async (t) => {
    const history = await open(t);
    const { hash } = revision('a');
    for (const text of ['a', 'b']) await history.record(revision(text));
    const refused = { units: ['services/web'], message: 'no' };
    const kept = await Promise.all([
      history.mark(hash, { isProven: true }),
      history.mark(hash, { refused }),
      history.mark(hashIntent(intent('never kept')), { isProven: true }),
      history.record(revision('a')),
    ]);
    assert.deepEqual(kept.slice(0, 3), [true, true, false], 'it is told whether it is kept');
    assert.equal(await history.has(hash), true);
    assert.equal(await history.has(hashIntent(intent('never kept'))), false);
    const [b, a] = await history.list();
    assert.deepEqual([b?.hash, b?.marks], [revision('b').hash, undefined]);
    assert.deepEqual([a?.hash, a?.marks], [hash, { isProven: true, refused }]);
  });

  test(`${kind} spares what a proxy has needed lately, whoever prunes, and not for ever`, async (t) => {
    const history = await open(t);
    for (const text of ['a', 'b']) await history.record(revision(text));
    const [now, before] = [new Date().toISOString(), '2026-01-01T00:00:00.000Z'];
    await history.mark(revision('a').hash, { neededAt: now });
    await history.mark(revision('b').hash, { neededAt: before });
    for (const text of ['c', 'd', 'e']) await history.record(revision(text));
    await history.prune(new Set());
    const texts = (await history.list()).map(({ intent: i }) => i.config?.template);
    assert.deepEqual(texts, ['a', 'c', 'd', 'e']);
  });

  test(`${kind} keeps anew, as the oldest, what is needed after it was pruned`, async (t) => {
    const history = await open(t);
    for (const text of ['a', 'b', 'c', 'd']) await history.record(revision(text));
    await history.prune(new Set());
    const neededAt = new Date().toISOString();
    await history.restore(revision('a'), { neededAt });
    await history.restore(revision('b'), { neededAt });
    await history.record(revision('e'));
    await history.prune(new Set());
    const all = await history.list();
    assert.deepEqual(
      all.map(({ intent: i, marks }) => [i.config?.template, marks?.neededAt]),
      [
        ['a', neededAt],
        ['b', neededAt],
        ['c', undefined],
        ['d', undefined],
        ['e', undefined],
      ],
    );
    assert.deepEqual(all[0]?.held, revision('a').held);
  });

  test(`${kind} keeps the rollout`, async (t) => {
    const history = await open(t);
    assert.deepEqual(withoutVersion(await history.rollout()), { isPaused: false });
    const stable = hashIntent(intent('a'));
    await history.steer((rollout) => ({ ...rollout, stable, isPaused: true }));
    assert.deepEqual(withoutVersion(await history.rollout()), { stable, isPaused: true });
  });
}

test('what a folder names as stable or pinned is kept, however old', async () => {
  const history = createFolderHistory({ folder: await folder(), limit: 2 });
  await history.record(revision('a'));
  await history.steer((rollout) => ({ ...rollout, pinned: hashIntent(intent('a')) }));
  for (const text of ['b', 'c', 'd']) await history.record(revision(text));
  await history.prune(new Set());
  const texts = (await history.list()).map(({ intent: i }) => i.config?.template);
  assert.deepEqual(texts, ['a', 'c', 'd']);
});

test('in Kubernetes, an intent too large for one object is split, and comes back whole', async (t) => {
  const server = await startApiServer(t);
  const client = createApiClient(baseCredentials({ base: new URL(server.base) }));
  t.after(() => client.close());
  const history = createKubernetesHistory({ client, namespace: 'lb', limit: 3 });
  const large: Intent = {
    services: {},
    config: { template: randomBytes(1_500_000).toString('base64') },
  };
  const kept = { ...revision('a'), hash: hashIntent(large), intent: large };
  const [one, other] = [history.record(kept), history.record(kept)];
  await Promise.all([one, other]);
  const objects = server.store.list('controllerrevisions', 'lb');
  assert.ok(objects.length > 1);
  const [read] = await history.list();
  assert.equal(read && hashIntent(read.intent), kept.hash);
  await history.record(revision('b'));
  assert.deepEqual(
    (await history.list()).map(({ hash }) => hash),
    [kept.hash, revision('b').hash],
  );
});

test('in Kubernetes, what other revisions hold is not read to keep or to prune one', async (t) => {
  const server = await startApiServer(t);
  const client = createApiClient(baseCredentials({ base: new URL(server.base) }));
  t.after(() => client.close());
  let hasRead = false;
  const json: typeof client.json = async (call) => {
    const answer = await client.json(call);
    const isList = call.path.endsWith('/controllerrevisions') && call.body === undefined;
    hasRead ||= isList && JSON.stringify(answer).includes('"content"');
    return answer;
  };
  const options = { client: { ...client, json }, namespace: 'lb', limit: 2 };
  const history = createKubernetesHistory(options);
  for (const text of ['a', 'b', 'c']) await history.record(revision(text));
  await history.prune(new Set());
  assert.equal(hasRead, false);
  const texts = async () => (await history.list()).map(({ intent: i }) => i.config?.template);
  assert.deepEqual(await texts(), ['b', 'c']);
  // As an earlier version wrote it: its number is told nowhere else.
  for (const { metadata, ...object } of server.store.list('controllerrevisions', 'lb'))
    server.store.put('controllerrevisions', {
      ...object,
      metadata: { ...metadata, annotations: {} },
    });
  await history.record(revision('d'));
  await history.record(revision('b'));
  await history.prune(new Set());
  assert.deepEqual(await texts(), ['d', 'b']);
});

test('in Kubernetes, garbage and what a later version wrote are passed over, and replaced where in the way', async (t) => {
  const server = await startApiServer(t);
  const client = createApiClient(baseCredentials({ base: new URL(server.base) }));
  t.after(() => client.close());
  const history = createKubernetesHistory({ client, namespace: 'lb', limit: 3 });
  await history.record(revision('a'));
  for (const object of server.store.list('controllerrevisions', 'lb'))
    server.store.put('controllerrevisions', {
      ...object,
      data: { ...(object.data as object), content: 'garbage' },
    });
  assert.deepEqual(await history.list(), []);
  await history.record(revision('b'));
  await history.record(revision('a'));
  assert.deepEqual(
    (await history.list()).map(({ hash }) => hash),
    [revision('b').hash, revision('a').hash],
  );
});

test('in Kubernetes, what another replica serves again while this one prunes is not lost', async (t) => {
  const server = await startApiServer(t);
  const client = createApiClient(baseCredentials({ base: new URL(server.base) }));
  t.after(() => client.close());
  const other = createKubernetesHistory({ client, namespace: 'lb', limit: 2 });
  for (const text of ['a', 'b', 'c', 'd']) await other.record(revision(text));
  const meanwhile = ['b', 'a'];
  const json: typeof client.json = async (call) => {
    const text = call.method === 'DELETE' ? meanwhile.shift() : undefined;
    if (text === 'a') await other.record(revision(text));
    if (text === 'b') await other.mark(revision(text).hash, { isProven: true });
    return await client.json(call);
  };
  const one = createKubernetesHistory({ client: { ...client, json }, namespace: 'lb', limit: 2 });
  await one.prune(new Set());
  const texts = async () => (await one.list()).map(({ intent: i }) => i.config?.template);
  assert.deepEqual(await texts(), ['b', 'c', 'd', 'a']);
  await one.prune(new Set());
  assert.deepEqual(await texts(), ['d', 'a']);
});

test('in Kubernetes, what becomes stable while this replica prunes is spared', async (t) => {
  const server = await startApiServer(t);
  const client = createApiClient(baseCredentials({ base: new URL(server.base) }));
  t.after(() => client.close());
  const other = createKubernetesHistory({ client, namespace: 'lb', limit: 2 });
  for (const text of ['a', 'b', 'c']) await other.record(revision(text));
  const stable = revision('a').hash;
  const json: typeof client.json = async (call) => {
    if (call.path.endsWith('/controllerrevisions'))
      await other.steer((rollout) => ({ ...rollout, stable }));
    return await client.json(call);
  };
  const one = createKubernetesHistory({ client: { ...client, json }, namespace: 'lb', limit: 2 });
  await one.prune(new Set());
  const texts = (await one.list()).map(({ intent: i }) => i.config?.template);
  assert.deepEqual(texts, ['a', 'b', 'c']);
});

test('in Kubernetes, what another replica prunes while this one serves it again is kept anew', async (t) => {
  const server = await startApiServer(t);
  const client = createApiClient(baseCredentials({ base: new URL(server.base) }));
  t.after(() => client.close());
  const other = createKubernetesHistory({ client, namespace: 'lb', limit: 1 });
  for (const text of ['a', 'b']) await other.record(revision(text));
  const json: typeof client.json = async (call) => {
    if (call.method === 'PUT') await other.prune(new Set());
    return await client.json(call);
  };
  const one = createKubernetesHistory({ client: { ...client, json }, namespace: 'lb', limit: 1 });
  await one.record(revision('a'));
  const texts = (await one.list()).map(({ intent: i }) => i.config?.template);
  assert.deepEqual(texts, ['b', 'a']);
});

test('in Kubernetes, two who change the rollout at once both succeed, one after the other', async (t) => {
  const server = await startApiServer(t);
  const client = createApiClient(baseCredentials({ base: new URL(server.base) }));
  t.after(() => client.close());
  const history = createKubernetesHistory({ client, namespace: 'lb', limit: 3 });
  const stable = hashIntent(intent('a'));
  await history.steer((rollout) => rollout);
  await Promise.all([
    history.steer((rollout) => ({ ...rollout, stable })),
    history.steer((rollout) => ({ ...rollout, isPaused: true })),
  ]);
  assert.deepEqual(withoutVersion(await history.rollout()), { stable, isPaused: true });
});

test('in Kubernetes, versions of another history than that of the rollout itself are none', async (t) => {
  const server = await startApiServer(t);
  const client = createApiClient(baseCredentials({ base: new URL(server.base) }));
  t.after(() => client.close());
  const history = createKubernetesHistory({ client, namespace: 'lb', limit: 3 });
  const stable = hashIntent(intent('a'));
  const at = (version: string) => ({ 'configmaps/lb.services': { lo: version, hi: version } });
  await history.steer((rollout) => ({ ...rollout, stable, versions: at('1') }));
  const { versions } = await history.rollout();
  assert.deepEqual({ ...versions }, at('1'));
  await history.steer((rollout) => ({ ...rollout, versions: at('9000000000') }));
  assert.deepEqual(withoutVersion(await history.rollout()), { stable, isPaused: false });
  await history.steer((rollout) => ({ ...rollout, isPaused: true }));
  const [map] = server.store.list('configmaps', 'lb');
  assert.ok(!Object.hasOwn(map?.data ?? {}, 'versions'), 'they go with a write');
});

test('garbage in a folder, and what a later version wrote, are passed over', async () => {
  const state = await folder();
  const history = createFolderHistory({ folder: state, limit: 3 });
  await history.record(revision('a'));
  const revisions = join(state, 'revisions');
  const [name = ''] = await readdir(revisions);
  const hex = name.replace(/^\d+/, '');
  await writeFile(join(revisions, `7${hex}`), 'garbage');
  await writeFile(join(revisions, `8${hex}`), '{"schema":2}');
  await writeFile(join(revisions, 'README'), 'what is this?');
  assert.deepEqual(
    (await history.list()).map(({ intent: i }) => i.config?.template),
    ['a'],
  );
  await history.record(revision('b'));
  assert.equal((await history.list()).at(-1)?.intent.config?.template, 'b');
});

test('what the object says of a candidate is read as it was written, and nonsense is not there', () => {
  const hash = hashIntent(intent('a'));
  const rollout: Rollout = {
    stable: hashIntent(intent('b')),
    candidate: {
      hash,
      step: 1,
      since: '2026-01-01T00:00:00.000Z',
      admitted: { '': { names: ['haproxy-0'], below: 0.5 }, 'zone=a': { names: [], below: 0 } },
    },
    halted: { hash, step: 0, at: '2026-01-01T00:00:00.000Z', reason: 'a proxy refuses it' },
    reports: { a1: '{}' },
    isPaused: true,
    others: { 'mass-loss': '{}' },
  };
  const data = packRollout(rollout);
  assert.deepEqual(unpackRollout(data), rollout);
  assert.equal(data.step, '2', 'people count from one');
  const nonsense = { candidate: 'the good one', step: 'x', admitted: '[', halted: '7' };
  assert.deepEqual(unpackRollout(nonsense), { isPaused: false });
  const half = unpackRollout({
    candidate: hash,
    step: '-3',
    admitted: '{"":{"names":7,"below":9}}',
  });
  assert.deepEqual(half.candidate, {
    hash,
    step: 0,
    since: '',
    admitted: { '': { names: [], below: 0 } },
  });
});
