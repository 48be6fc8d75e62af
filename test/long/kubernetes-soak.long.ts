import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { type ApiServer, startApiServer } from '../apiserver/server.ts';
import { residentMiB } from '../bench/process-cost.ts';
import { realisticPod } from '../bench/realistic-pod.ts';
import { folder } from '../kit/folder.ts';
import { PROGRAMS } from '../kit/processes.ts';
import { until } from '../kit/until.ts';
import { configMap, configure } from '../kubernetes/objects.ts';
import { startInspected } from './inspected.ts';

const SECONDS = Number(process.env.SOAK_SECONDS ?? 120);
const PODS = 2000;
const CHANGES_PER_SECOND = 50;
const ENV = { STATISTICS_PASSWORD: 'soak' };

/** It shows the version of every pod, so that no missed change can hide. */
const TEMPLATE = `{% for service in services %}{% for name, pod in service.pods.items() %}
{{ name }} {{ pod.status.podIP }} {{ pod.metadata.resourceVersion }}
{%- endfor %}{% endfor %}`;

/** Does something every so often until it is told to end. */
function every(ms: number, act: () => void): () => void {
  const timer = setInterval(act, ms);
  return () => clearInterval(timer);
}

function churn({ store }: ApiServer): void {
  const i = Math.floor(Math.random() * PODS);
  const name = `web-${i}`;
  const address = `10.0.${Math.floor(Math.random() * 256)}.${Math.floor(Math.random() * 256)}`;
  const isThere = store.get('pods', 'shop', name) !== undefined;
  if (isThere && Math.random() < 0.2) store.delete('pods', 'shop', name);
  else store.put('pods', realisticPod(name, address));
}

/** Gives the account another token; the one before is refused two seconds later. */
function rotator(server: ApiServer, path: string): () => void {
  let n = 0;
  return () => {
    const before = `token-${n}`;
    n++;
    server.tokens.set(`token-${n}`, { name: 'renderer' });
    writeFileSync(path, `token-${n}`);
    setTimeout(() => server.tokens.delete(before), 2000).unref();
  };
}

async function begin(t: TestContext) {
  const server = await startApiServer(t, {
    needsToken: true,
    bookmarkMs: 5000,
    historyLimit: 2000,
  });
  configure(server.store, ['shop']);
  server.store.put('configmaps', configMap('config', { template: TEMPLATE }));
  for (let i = 0; i < PODS; i++) server.store.put('pods', realisticPod(`web-${i}`, '10.0.0.1'));
  const path = await folder();
  const rotate = rotator(server, join(path, 'token'));
  rotate();
  const kubeconfig = join(path, 'kubeconfig');
  writeFileSync(
    kubeconfig,
    JSON.stringify({
      'current-context': 'soak',
      contexts: [{ name: 'soak', context: { cluster: 'soak', user: 'soak' } }],
      clusters: [{ name: 'soak', cluster: { server: server.base } }],
      users: [{ name: 'soak', user: { tokenFile: 'token' } }],
    }),
  );
  const service = await startInspected(t, {
    args: [PROGRAMS.service, 'serve', '--listen', '127.0.0.1:0'],
    env: { ...ENV, KUBECONFIG: kubeconfig },
  });
  const url = await until('it listens', () => /"listens":"([^"]+)"/.exec(service.output())?.[1]);
  const config = async () => {
    const answer = await fetch(`${url}/haproxy.cfg`);
    return answer.ok ? await answer.text() : undefined;
  };
  await until('it serves', config, 60_000);
  const renderer = Number(/"renderer started","pid":(\d+)/.exec(service.output())?.[1]);
  return { server, path, rotate, service, config, renderer };
}

/** What a fresh, offline render of everything that the API server has gives. */
function renderAfresh({ store }: ApiServer, path: string): string {
  const items = ['configmaps', 'secrets', 'pods'].flatMap((resource) => store.list(resource));
  const file = join(path, 'all.json');
  writeFileSync(file, JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
  const args = [PROGRAMS.service, 'render', '--from', file];
  const options = { encoding: 'utf8', maxBuffer: 1e9, env: { ...process.env, ...ENV } } as const;
  return execFileSync(process.execPath, args, options);
}

test(`${SECONDS} s of churn, cut streams, rotated tokens and lost history: nothing is missed, nothing leaks`, async (t) => {
  const { server, path, rotate, service, config, renderer } = await begin(t);
  let changes = 0;
  const ends = [
    every(1000 / CHANGES_PER_SECOND, () => {
      churn(server);
      changes++;
    }),
    every(1000, () => {
      for (const stream of server.streams) stream.cut();
    }),
    every(5000, rotate),
    every(7000, () => server.store.compact()),
    every(11_000, () => {
      server.goneByStatus = !server.goneByStatus;
    }),
    every(13_000, () => {
      server.hasStreamingLists = !server.hasStreamingLists;
    }),
  ];
  // Until the changes of the last minute, which are kept for a mass loss, are as many as they will be.
  await delay(SECONDS * 500);
  const before = { heap: await service.heapUsed(), renderer: residentMiB(renderer) };
  await delay(SECONDS * 500);
  for (const end of ends) end();
  const expected = renderAfresh(server, path);
  await until(
    'the result is that of the final state',
    async () => (await config()) === expected,
    60_000,
  );
  const after = { heap: await service.heapUsed(), renderer: residentMiB(renderer) };
  const count = (verb: string) => server.requests.filter((request) => request.verb === verb).length;
  t.diagnostic(`${changes} changes, ${count('watch')} watches, ${count('list')} pages of lists`);
  t.diagnostic(
    `heap of the server ${Math.round(before.heap / 1e4) / 100} → ${Math.round(after.heap / 1e4) / 100} MB, renderer resident ${Math.round(before.renderer)} → ${Math.round(after.renderer)} MiB`,
  );
  assert.ok(after.heap < before.heap * 1.1, 'the heap has grown');
  assert.equal(
    service.output().match(/"renderer started"/g)?.length,
    1,
    'one renderer all the time',
  );
});
