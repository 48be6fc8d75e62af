import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { ApiRequest } from '../apiserver/request.ts';
import { type ApiServer, startApiServer } from '../apiserver/server.ts';
import { startServiceProcess } from '../kit/service.ts';
import { until } from '../kit/until.ts';
import { isWholeList } from '../kubernetes/disturbed.ts';
import { configMap, configure, pod } from '../kubernetes/objects.ts';

const OUTAGE_MS = 40_000;
const SOON_MS = 2000;
const NAMESPACES = ['shop', 'blog', 'mail'];
const TEMPLATE = `{% for service in services %}{% for name, pod in service.pods.items() %}
# {{ service.name }} {{ name }} {{ pod.status.podIP }}
{%- endfor %}{% endfor %}
`;

const addressed = (podIP: string) => ({
  status: { phase: 'Running', podIP, conditions: [{ type: 'Ready', status: 'True' }] },
});

/** A service in a process of its own that has followed the cluster for a while. */
async function begin(t: TestContext) {
  const server = await startApiServer(t);
  configure(server.store, NAMESPACES);
  server.store.put('configmaps', configMap('config', { template: TEMPLATE }));
  for (const namespace of NAMESPACES)
    for (const name of ['a', 'b']) server.store.put('pods', pod(namespace, name));
  const { url } = await startServiceProcess(t, { args: ['--k8sbase', server.base] });
  const config = async () => await (await fetch(`${url}/haproxy.cfg`)).text();
  await until('it serves', async () => (await config()).includes('of-mail b 10.0.0.1'));
  const { sources } = (await (await fetch(`${url}/status`)).json()) as { sources: unknown[] };
  await until('all watch', () => server.streams.size === sources.length);
  return { server, config, collections: sources.length };
}

/** How many requests of a kind each collection took, most first. */
function countsOf(
  { requests }: ApiServer,
  isCounted: (request: ApiRequest) => boolean,
): readonly number[] {
  const counts = new Map<string, number>();
  for (const { resource, namespace, query } of requests.filter(isCounted)) {
    const key = `${resource} ${namespace} ${query.get('fieldSelector')}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return [...counts.values()].sort((a, b) => b - a);
}

/** Asks at which version the server is, by a list of one object. */
const isAsked = ({ query }: ApiRequest): boolean => query.get('limit') === '1';

for (const [what, isCompacted, goneByStatus] of [
  ['410 as a status', true, true],
  ['410 as an event', true, false],
  ['its history is kept', false, true],
] as const)
  test(`the API server is away for 40 s, and comes back (${what}): endpoints are current within 2 s`, async (t) => {
    const { server, config, collections } = await begin(t);
    await server.close();
    await delay(OUTAGE_MS);
    for (const namespace of NAMESPACES)
      server.store.put('pods', pod(namespace, 'a', addressed('10.0.0.2')));
    server.store.delete('pods', 'shop', 'b');
    if (isCompacted) server.store.compact();
    const again = await startApiServer(t, { port: server.port, store: server.store });
    again.goneByStatus = goneByStatus;
    const returned = performance.now();
    await until(
      'the endpoints are current',
      async () => {
        const text = await config();
        const isTold = NAMESPACES.every((name) => text.includes(`of-${name} a 10.0.0.2`));
        return isTold && !text.includes('of-shop b');
      },
      60_000,
    );
    const tookMs = Math.round(performance.now() - returned);
    await until('all watch', () => again.streams.size === collections, 60_000);
    const allMs = Math.round(performance.now() - returned);
    t.diagnostic(`endpoints current ${tookMs} ms after its return, all watches ${allMs} ms`);
    assert.ok(tookMs <= SOON_MS, `${tookMs} ms`);
    assert.deepEqual(countsOf(again, isWholeList), Array(isCompacted ? collections : 0).fill(1));
    assert.deepEqual(countsOf(again, isAsked), Array(collections).fill(1));
  });
