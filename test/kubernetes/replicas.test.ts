import assert from 'node:assert/strict';
import { once } from 'node:events';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { createLog } from '../../functions/wire/log.ts';
import { openRecord } from '../../reloader/disk/record.ts';
import { createGuard } from '../../reloader/guard.ts';
import { createLoop } from '../../reloader/loop.ts';
import { createPoller, type Poller } from '../../reloader/poll.ts';
import { createStatus } from '../../reloader/status.ts';
import { type ApiServer, startApiServer } from '../apiserver/server.ts';
import { folder } from '../kit/folder.ts';
import { startServiceProcess } from '../kit/service.ts';
import { until } from '../kit/until.ts';
import { configMap, configure, pod } from './objects.ts';
import { createWitness, telling } from './sightings.ts';

const REPLICAS = ['a', 'b', 'c'];
const NAMESPACES = ['shop', 'blog'];
const CHANGES = 80;
const WAIT_MS = 1600;

const pick = <T>(items: readonly T[]): T => items[Math.floor(Math.random() * items.length)] as T;

/** Dials another replica for every poll, as a Service does for every connection. */
function randomPoller(replicas: readonly Poller[]): Poller {
  return {
    poll: (request) => pick(replicas).poll(request),
    close: async () => {
      await Promise.all(replicas.map((replica) => replica.close()));
    },
  };
}

/** A reloader's own loop; instead of an HAProxy, somebody who looks at what it takes. */
async function startProxy(t: TestContext, urls: readonly string[], isGuarded: boolean) {
  const record = await openRecord(join(await folder(), 'state.json'));
  const status = createStatus('child');
  const witness = createWitness();
  const controller = new AbortController();
  const query = { ssldir: '/ssl', filesdir: '/files' };
  const pollers = urls.map((url) => createPoller({ renderer: new URL(url), query }));
  const guard = createGuard({}, () => performance.now());
  const loop = createLoop({
    poller: randomPoller(pollers),
    keeper: {
      start: async () => undefined,
      look: async () => undefined,
      retry: async () => true,
      retryInMs: () => undefined,
      declined: () => undefined,
      take: async (bundle) => {
        status.wanted = bundle.etag;
        witness.see(bundle);
      },
    },
    guard: isGuarded ? guard : { ...guard, position: () => ({}), take: () => false },
    record,
    status,
    log: createLog({ component: 'test', write: () => undefined }),
    name: 'test',
    waitMs: WAIT_MS,
    reconcileMs: 0,
    signal: controller.signal,
  });
  const end = loop.run();
  t.after(async () => {
    controller.abort();
    await end;
    await Promise.all(pollers.map((poller) => poller.close()));
  });
  return { witness, status, record };
}

let serial = 0;

/** One service that cannot be read, one that the template fails on, or a template that does not compile. */
function putBadIntent(store: ApiServer['store'], revision: number): void {
  const good = servicesAt(revision);
  const bad = pick([
    configMap('services', { ...good, 'of-shop': '{' }),
    configMap('services', { ...good, 'of-blog': servicesAt(-1)['of-blog'] ?? '' }),
    configMap('config', { template: `${telling(revision)}{% if` }),
  ]);
  store.put('configmaps', bad);
}

function changeSomething({ store }: ApiServer, revision: number): void {
  const kind = pick(['pod', 'pod', 'pod', 'delete', 'services', 'config', 'bad']);
  const namespace = pick(NAMESPACES);
  const pods = store.list('pods', namespace);
  if (kind === 'services') store.put('configmaps', configMap('services', servicesAt(revision)));
  else if (kind === 'config')
    store.put('configmaps', configMap('config', { template: telling(revision) }));
  else if (kind === 'bad') putBadIntent(store, revision);
  else if (kind === 'delete' && pods.length > 1)
    store.delete('pods', namespace, pick(pods).metadata.name);
  else store.put('pods', pod(namespace, `p${++serial}`));
}

/** Cuts the watches of a replica, and compacts the history that they would go on from. */
function forceRelist({ store, streams }: ApiServer, replica: string): void {
  for (const stream of streams) if (stream.request.client === replica) stream.cut();
  store.tick();
  store.compact();
}

const servicesAt = (revision: number): Record<string, string> =>
  Object.fromEntries(
    NAMESPACES.map((namespace) => [
      `of-${namespace}`,
      JSON.stringify({ namespace, selector: { app: 'web' }, revision }),
    ]),
  );

test('replicas that lag differently, whatever people write and whoever is killed, never take a proxy back, and all come to agree', async (t) => {
  const server = await startApiServer(t, { bookmarkMs: 200 });
  configure(server.store, NAMESPACES);
  server.store.put('configmaps', configMap('services', servicesAt(0)));
  server.store.put('configmaps', configMap('config', { template: telling(0) }));
  const startReplica = (name: string, listen = '127.0.0.1:0') =>
    startServiceProcess(t, {
      listen,
      env: { K8SBASE: server.baseFor(name), QUIET_WINDOW: '0.02' },
    });
  const replicas = await Promise.all(REPLICAS.map((name) => startReplica(name)));
  /** One is killed wherever it stands, be it between a write and what it serves, and comes back. */
  async function replaceOne(): Promise<void> {
    const index = Math.floor(Math.random() * REPLICAS.length);
    const replica = replicas[index] ?? assert.fail();
    replica.child.kill('SIGKILL');
    await once(replica.child, 'exit');
    replicas[index] = await startReplica(REPLICAS[index] ?? '', new URL(replica.url).host);
  }
  const urls = replicas.map(({ url }) => url);
  const start = (isGuarded: boolean) => startProxy(t, urls, isGuarded);
  const guarded = await Promise.all([1, 2, 3, 4, 5, 6].map(() => start(true)));
  const naive = await Promise.all([1, 2].map(() => start(false)));
  const all = [...guarded, ...naive];
  await until('every proxy has a bundle', () => all.every(({ witness }) => witness.text !== ''));

  for (let revision = 1; revision <= CHANGES; revision++) {
    if (revision % 4 === 0) server.lags.set(pick(REPLICAS), pick([0, 40, 200, 900]));
    if (revision % 20 === 0) forceRelist(server, pick(REPLICAS));
    changeSomething(server, revision);
    if (revision % 25 === 0) await replaceOne();
    await delay(40);
  }
  server.lags.clear();
  server.store.put('configmaps', configMap('services', servicesAt(CHANGES + 1)));
  server.store.put('configmaps', configMap('config', { template: telling(CHANGES + 1) }));
  await until('all agree', () => {
    const texts = new Set(all.map(({ witness }) => witness.text));
    return texts.size === 1 && [...texts][0]?.includes(`# config ${CHANGES + 1}\n`);
  });
  const names = server.store
    .list('pods')
    .map(({ metadata }) => metadata.name)
    .sort();
  const shown = [...(guarded[0]?.witness.text ?? '').matchAll(/# pod (\S+)/g)].map(([, n]) => n);
  assert.deepEqual(shown.sort(), names, 'what they agree on is what the API server has');
  assert.deepEqual(
    guarded.map(({ witness }) => witness.backward),
    [0, 0, 0, 0, 0, 0],
  );
  assert.deepEqual(
    guarded.map(({ status }) => status.counts.guardDrops),
    [0, 0, 0, 0, 0, 0],
  );
  assert.ok(
    naive.some(({ witness }) => witness.backward > 0),
    'without the guard this test would have seen steps back',
  );
  t.diagnostic(`steps back without the guard: ${naive.map(({ witness }) => witness.backward)}`);
});
