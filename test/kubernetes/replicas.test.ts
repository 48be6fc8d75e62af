import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { type ApiServer, startApiServer } from '../apiserver/server.ts';
import { upTo } from '../kit/full-size.ts';
import { startServiceProcess } from '../kit/service.ts';
import { until } from '../kit/until.ts';
import { configMap, configure, pod } from './objects.ts';
import { telling } from './sightings.ts';
import { startWitness } from './witness.ts';

const REPLICAS = ['a', 'b', 'c'];
const NAMESPACES = ['shop', 'blog'];
const CHANGES = upTo(30, 80);
/** A slow machine takes more of them until a proxy that may step back does. */
const MOST_CHANGES = 240;
/** What all take; what some proxies refuse, as they do every third; and what all take in the end. */
const AGREED = MOST_CHANGES + 1;
const REFUSED = [2, 5, 8, 11, 14].map((n) => MOST_CHANGES + n);
const LAST = MOST_CHANGES + 15;
/** Fewer than are refused one after the other. */
const HISTORY = 3;

/** While no replica is there, a reloader comes to wait up to half a minute before it asks again. */
const AFTER_ABSENCE_MS = 90_000;

const pick = <T>(items: readonly T[]): T => items[Math.floor(Math.random() * items.length)] as T;

let serial = 0;

/** One service that cannot be read, one that the template fails on, or a template that does not compile. */
function putBadIntent(store: ApiServer['store'], revision: number): void {
  const good = servicesAt(revision);
  const bad = pick([
    configMap('services', { ...good, 'of-shop': '{' }),
    configMap('services', { ...good, 'of-blog': servicesAt(-1)['of-blog'] ?? '' }),
    configAt(revision, '{% if'),
  ]);
  store.put('configmaps', bad);
}

/** What people write of a kind that the template has as an input: it fails on what is below 0. */
const route = (revision: number) => ({
  metadata: { namespace: 'shop', name: 'of-route' },
  spec: { revision },
});

const ROUTES = 'routes: {apiVersion: networking.k8s.io/v1, kind: Ingress, fields: [spec]}';
const TELLING_ROUTES =
  '{% for route in inputs.routes %}# {{ route.metadata.name }} {{ route.spec.revision if route.spec.revision >= 0 else nothing.at.all }}\n{% endfor %}';

const configAt = (revision: number, more = '') =>
  configMap('config', {
    template: `${telling(revision)}\n${TELLING_ROUTES}${more}`,
    'inputs.yaml': ROUTES,
  });

/** People pause the rollout, or let it go on. */
function setPaused(store: ApiServer['store'], isPaused: boolean): void {
  const map = store.get('configmaps', 'lb', 'rollout');
  const { paused: _, ...data } = (map?.data ?? {}) as Record<string, string>;
  store.put('configmaps', configMap('rollout', { ...data, ...(isPaused && { paused: 'true' }) }));
}

function changeSomething({ store }: ApiServer, revision: number): void {
  const kind = pick([
    ...['pod', 'pod', 'pod', 'delete', 'services', 'config', 'bad'],
    ...['services', 'config', 'pause', 'resume', 'resume'],
    ...['route', 'route', 'bad route'],
  ]);
  const namespace = pick(NAMESPACES);
  const pods = store.list('pods', namespace);
  if (kind === 'services') store.put('configmaps', configMap('services', servicesAt(revision)));
  else if (kind === 'config') store.put('configmaps', configAt(revision));
  else if (kind === 'bad') putBadIntent(store, revision);
  else if (kind === 'route') store.put('ingresses', route(revision));
  else if (kind === 'bad route') store.put('ingresses', route(-1));
  else if (kind === 'pause' || kind === 'resume') setPaused(store, kind === 'pause');
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

/** Of three configurations one is for HAProxies of another version than some are; the last one is not. */
const isOfThird = (config: string): boolean =>
  Number(/# config (\d+)/.exec(config)?.[1]) % 3 === (MOST_CHANGES + 2) % 3;

const servicesAt = (revision: number): Record<string, string> =>
  Object.fromEntries(
    NAMESPACES.map((namespace) => [
      `of-${namespace}`,
      JSON.stringify({ namespace, selector: { app: 'web' }, revision }),
    ]),
  );

test('replicas that lag differently, whatever people write, whoever is killed and whatever proxies refuse, never take a proxy back, and all come to agree', async (t) => {
  const server = await startApiServer(t, { bookmarkMs: 200 });
  configure(server.store, NAMESPACES);
  server.store.put('ingresses', route(0));
  server.store.put('configmaps', configMap('services', servicesAt(0)));
  server.store.put('configmaps', configAt(0));
  const startReplica = (name: string, listen?: string) =>
    startServiceProcess(t, {
      listen,
      env: {
        K8SBASE: server.baseFor(name),
        QUIET_WINDOW: '0.02',
        REVISION_HISTORY: `${HISTORY}`,
      },
    });
  const replicas = await Promise.all(REPLICAS.map((name) => startReplica(name)));
  /** One is killed wherever it stands, be it between a write and what it serves, and comes back. */
  async function replace(index: number): Promise<void> {
    const replica = replicas[index] ?? assert.fail();
    replica.child.kill('SIGKILL');
    await once(replica.child, 'exit');
    replicas[index] = await startReplica(REPLICAS[index] ?? '', new URL(replica.url).host);
  }
  const urls = replicas.map(({ url }) => url);
  const start = (isGuarded: boolean) => startWitness(t, urls, { isGuarded });
  const choosy = await Promise.all(
    [1, 2].map(() => startWitness(t, urls, { isGuarded: true, refuses: isOfThird })),
  );
  const guarded = [...(await Promise.all([1, 2, 3, 4].map(() => start(true)))), ...choosy];
  const naive = await Promise.all([1, 2].map(() => start(false)));
  const all = [...guarded, ...naive];
  await until('every proxy has a bundle', () => all.every(({ witness }) => witness.text !== ''));

  const hasSteppedBack = () => naive.some(({ witness }) => witness.stepsBack.length > 0);
  const isEnough = (revision: number) =>
    revision > MOST_CHANGES || (revision > CHANGES && hasSteppedBack());
  for (let revision = 1; !isEnough(revision); revision++) {
    if (revision % 4 === 0) server.lags.set(pick(REPLICAS), pick([0, 40, 200, 900]));
    if (revision % 20 === 0) forceRelist(server, pick(REPLICAS));
    changeSomething(server, revision);
    if (revision % 25 === 0) await replace(pick([0, 1, 2]));
    await delay(40);
  }
  server.lags.clear();
  setPaused(server.store, false);
  const putIntent = (revision: number) => {
    server.store.put('configmaps', configMap('services', servicesAt(revision)));
    server.store.put('configmaps', configAt(revision));
  };
  const isAt =
    (revision: number) =>
    ({ witness }: (typeof all)[number]) =>
      witness.text.includes(`# config ${revision}\n`);
  /** Whether all replicas can see that it needs what it runs. */
  const isNoted = ({ record }: (typeof all)[number]) =>
    server.store
      .list('controllerrevisions', 'lb')
      .filter(({ data }) => (data as { hash?: string }).hash === record.memory.revision)
      .some(({ metadata }) => JSON.stringify(metadata).includes('neededAt'));
  putIntent(AGREED);
  await until('all agree for now', () => all.every(isAt(AGREED)));
  for (const revision of REFUSED) {
    const before = choosy.map(({ declines }) => declines());
    putIntent(revision);
    await until('some take it', () => guarded.slice(0, 4).every(isAt(revision)));
    await until('the others refuse it', () =>
      choosy.every(({ declines }, i) => declines() !== before[i]),
    );
    await until('what they run is noted', () => choosy.every(isNoted));
  }
  await Promise.all(REPLICAS.map((_, index) => replace(index)));
  server.store.put('pods', pod('shop', 'late'));
  await until(
    'the others follow the pods on what they run',
    () =>
      choosy.every((proxy) => isAt(AGREED)(proxy) && proxy.witness.text.includes('# pod late\n')),
    AFTER_ABSENCE_MS,
  );
  server.store.put('ingresses', route(LAST));
  putIntent(LAST);
  const agree = () => {
    const texts = new Set(all.map(({ witness }) => witness.text));
    const [text = ''] = texts;
    return (
      texts.size === 1 &&
      [`# config ${LAST}\n`, `# of-route ${LAST}\n`].every((line) => text.includes(line))
    );
  };
  await until('all agree', agree, AFTER_ABSENCE_MS);
  const names = server.store
    .list('pods')
    .map(({ metadata }) => metadata.name)
    .sort();
  const shown = [...(guarded[0]?.witness.text ?? '').matchAll(/# pod (\S+)/g)].map(([, n]) => n);
  assert.deepEqual(shown.sort(), names, 'what they agree on is what the API server has');
  assert.deepEqual(
    guarded.flatMap(({ witness }) => witness.stepsBack),
    [],
  );
  assert.deepEqual(
    guarded.map(({ status }) => status.counts.guardDrops),
    [0, 0, 0, 0, 0, 0],
  );
  assert.ok(hasSteppedBack(), 'without the guard this test would have seen steps back');
  t.diagnostic(
    `steps back without the guard: ${naive.map(({ witness }) => witness.stepsBack.length)}`,
  );
});
