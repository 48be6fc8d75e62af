import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { type TestContext, test } from 'node:test';
import { type ApiServer, startApiServer } from '../apiserver/server.ts';
import { PROGRAMS } from '../kit/processes.ts';
import { get } from '../kit/request.ts';
import { startServiceProcess } from '../kit/service.ts';
import { until } from '../kit/until.ts';
import { configMap, configure, pod } from './objects.ts';

const REPLICAS = ['a', 'b', 'c'];
const TEMPLATE = `{% for service in services %}
backend {{ service.name }}
{%- for pod in service.pods.values() %}
  server {{ pod.metadata.name }} {{ pod.status.podIP }}:80 check
{%- endfor %}
{%- endfor %}
`;
const range = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, i) => from + i);

function putPod({ store }: ApiServer, namespace: string, i: number, ip = `10.0.0.${i}`): void {
  const { status, ...rest } = pod(namespace, `${namespace}-${i}`);
  store.put('pods', { ...rest, status: { ...(status as object), podIP: ip } });
}

interface Fleet {
  /** How many pods service `of-shop` has. */
  readonly shops: number;
  readonly blogs: number;
  readonly replicas?: readonly string[];
  readonly holdSeconds?: number;
}

/** An API server, and replicas of the service that have read it. */
async function startFleet(t: TestContext, { shops, blogs, replicas = ['a'], ...more }: Fleet) {
  const server = await startApiServer(t, { bookmarkMs: 200 });
  configure(server.store, blogs > 0 ? ['shop', 'blog'] : ['shop']);
  server.store.put('configmaps', configMap('config', { template: TEMPLATE }));
  for (const i of range(1, shops)) putPod(server, 'shop', i);
  for (const i of range(1, blogs)) putPod(server, 'blog', i, `10.1.0.${i}`);
  const { holdSeconds = 600 } = more;
  const start = async (name: string) => {
    const env = { K8SBASE: server.baseFor(name), MASS_LOSS_HOLD: String(holdSeconds) };
    const { url, log } = await startServiceProcess(t, { env });
    const ask = (path: string) => get(Number(new URL(url).port), path);
    const config = async () => {
      const { headers, text } = await ask('/haproxy.cfg');
      return { etag: headers.etag ?? '', text };
    };
    const servers = async () => {
      const { text } = await config();
      return [...text.matchAll(/server (\S+)/g)].map(([, found]) => found ?? '').sort();
    };
    const status = async () => JSON.parse((await ask('/status')).text) as Shown;
    return { name, config, servers, status, log };
  };
  const all = await Promise.all(replicas.map(start));
  type Replica = (typeof all)[number];
  const has = (count: number, those: readonly Replica[] = all) =>
    until(`${count} servers are served everywhere`, async () => {
      const found = await Promise.all(those.map(({ servers }) => servers()));
      return found.every(({ length }) => length === count);
    });
  const agree = () =>
    until('all serve the same', async () => {
      const found = await Promise.all(all.map(({ config }) => config()));
      return new Set(found.map(({ etag }) => etag)).size === 1 && found[0]?.etag;
    });
  const rollout = async (...words: string[]) => {
    const child = spawn(process.execPath, [PROGRAMS.service, 'rollout', ...words], {
      env: { PATH: process.env.PATH, K8SBASE: server.baseFor('person') },
    });
    let said = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => {
        said += chunk.toString();
      });
    const [code] = await once(child, 'close');
    return { code, said };
  };
  const lose = (namespace: string, from: number, to: number) => {
    for (const i of range(from, to)) server.store.delete('pods', namespace, `${namespace}-${i}`);
  };
  await has(shops + blogs);
  return { server, all, start, has, agree, rollout, lose };
}

interface Shown {
  readonly massLoss?: { readonly lost: number; readonly kept: number };
  readonly diagnostics: readonly { readonly code: string }[];
  readonly sources: readonly { readonly stale?: object }[];
}

test("a namespace's pods, deleted by mistake: all replicas keep the same, and go on as pods come back", async (t) => {
  const { server, all, has, agree, lose } = await startFleet(t, {
    shops: 20,
    blogs: 6,
    replicas: REPLICAS,
  });
  const before = await agree();
  // Some go before it is known what they are part of, and replicas hear of it each in its own time.
  server.lags.set('b', 150);
  server.lags.set('c', 400);
  lose('shop', 1, 4);
  await until('one replica has seen that', async () => (await all[0]?.servers())?.length === 22);
  lose('shop', 5, 20);
  for (const { status } of all)
    await until('it is held', async () => (await status()).massLoss?.lost === 20);
  assert.equal(await agree(), before, 'what they keep is what there was');
  const { diagnostics, massLoss } = (await all[1]?.status()) ?? assert.fail();
  assert.ok(diagnostics.some(({ code }) => code === 'mass-loss'));
  assert.equal(massLoss?.kept, 20);
  const events = (reason: string) =>
    server.store.list('events', 'lb').filter((event) => event.reason === reason);
  await until('it is told', () => events('MassLossHeld').length > 0);

  putPod(server, 'shop', 101, '10.0.0.1');
  for (const { servers } of all)
    await until('the new one is in, and who had its address is not', async () => {
      const now = await servers();
      return now.includes('shop-101') && !now.includes('shop-1') && now.length === 26;
    });
  for (const i of range(102, 120)) putPod(server, 'shop', i);
  for (const { servers } of all)
    await until('the old ones have gone', async () => !(await servers()).includes('shop-2'));
  await has(26);
  await agree();
  for (const { status } of all) await until('it is over', async () => !(await status()).massLoss);
  await until('that is told, too', () => events('MassLossOver').length > 0);
  const [held, ...more] = events('MassLossHeld');
  assert.deepEqual(more, [], 'once, however many replicas see it');
  assert.equal(events('MassLossOver').length, 1);
  assert.match(JSON.stringify(held?.regarding), /"name":"rollout"/);
  assert.match(String(held?.note), /^\d+ of 26 servers vanished at once: .*rollout confirm-loss/);
});

for (const how of ['restored to before', 'compacted'] as const)
  test(`a list that comes back empty, since the API server was ${how}: what it lacks is kept, whoever lists it when`, async (t) => {
    const { server, all, has, agree, lose, rollout } = await startFleet(t, {
      shops: 12,
      blogs: 1,
      replicas: REPLICAS,
    });
    const before = await agree();
    const { store, port } = server;
    // Nobody is told of anything: each finds out as it lists what there is.
    if (how === 'compacted') for (const stream of server.streams) stream.cut();
    else await server.close();
    lose('shop', 1, 12);
    if (how === 'compacted') store.compact();
    else store.rewind(500);
    if (how !== 'compacted') {
      for (const { status } of all)
        await until('it is seen to be away', async () =>
          (await status()).sources.every(({ stale }) => stale !== undefined),
        );
      await startApiServer(t, { store, port, bookmarkMs: 200 });
    }
    for (const { status } of all)
      await until('it is held', async () => (await status()).massLoss?.lost === 12);
    assert.equal(await agree(), before);
    await until('it is shared', async () => (await rollout('confirm-loss')).code === 0);
    await has(1);
  });

test('one service of several, scaled to zero: it goes at once', async (t) => {
  const { all, has, lose } = await startFleet(t, { shops: 12, blogs: 16 });
  lose('shop', 1, 12);
  await has(16);
  assert.equal((await all[0]?.status())?.massLoss, undefined);
});

test('the only service, scaled to zero: it is held until a person confirms', async (t) => {
  const { all, has, lose, rollout } = await startFleet(t, {
    shops: 12,
    blogs: 0,
    replicas: ['a', 'b'],
  });
  assert.deepEqual((await rollout('confirm-loss')).code, 1);
  lose('shop', 1, 12);
  for (const { status } of all)
    await until('it is held', async () => (await status()).massLoss?.kept === 12);
  await has(12);
  const confirmed = await until('it is shared', async () => {
    const answer = await rollout('confirm-loss');
    return answer.code === 0 ? answer : undefined;
  });
  assert.match(confirmed.said, /^mass loss confirmed/);
  await has(0);
  const again = await rollout('confirm-loss');
  assert.equal(again.code, 1);
  assert.match(again.said, /no mass loss is held \[no-mass-loss\]/);
});

test('the only service, scaled to zero: it goes as the hold ends, everywhere', async (t) => {
  const { all, has, lose } = await startFleet(t, {
    shops: 12,
    blogs: 0,
    replicas: ['a', 'b'],
    holdSeconds: 1,
  });
  lose('shop', 1, 12);
  for (const { log } of all)
    await until('it is held', () =>
      log().some(({ message }) => String(message).startsWith('holding servers after a mass loss')),
    );
  await has(0);
});

test('a fleet of three servers has no masses', async (t) => {
  const { all, has, lose } = await startFleet(t, { shops: 3, blogs: 0 });
  lose('shop', 1, 3);
  await has(0);
  assert.equal((await all[0]?.status())?.massLoss, undefined);
});

test('a replica that starts in the midst of a hold has never seen what was lost, and keeps nothing of it', async (t) => {
  const { all, start, has, lose, rollout } = await startFleet(t, { shops: 12, blogs: 2 });
  lose('shop', 1, 12);
  await until('it is held', async () => (await all[0]?.status())?.massLoss?.kept === 12);
  const late = await start('late');
  await has(2, [late]);
  await has(14);
  assert.equal((await rollout('confirm-loss')).code, 0);
  await has(2);
});
