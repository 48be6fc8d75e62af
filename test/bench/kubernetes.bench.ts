import { setTimeout as delay } from 'node:timers/promises';
import { type ApiServer, startApiServer } from '../apiserver/server.ts';
import type { Processes } from '../kit/processes.ts';
import { until } from '../kit/until.ts';
import { configMap } from '../kubernetes/objects.ts';
import { type BundleWatcher, watchBundles } from './bundle-watcher.ts';
import { addressOf } from './fleet.ts';
import { processorMs, residentMiB } from './process-cost.ts';
import { realisticPod } from './realistic-pod.ts';
import { alone } from './scope.ts';
import { quantile, type Section } from './section.ts';

const PODS_PER_SERVICE = 10;
const RUNS = [10, 1000, 10_000].flatMap((pods) => [
  { pods, perSecond: 1, changes: 50 },
  { pods, perSecond: 100, changes: 1000 },
]);
type Run = (typeof RUNS)[number];

const TEMPLATE = `{% for service in services %}
backend {{ service.name }}
{% for name, pod in service.pods.items() %}
    server {{ name }} {{ pod.status.podIP }}:8080
{% endfor %}
{% endfor %}`;

function putPod({ store }: ApiServer, i: number, address: string): void {
  const name = `web-7d4b9c6f5d-${String(i).padStart(5, '0')}`;
  const { metadata, ...pod } = realisticPod(name, address);
  const group = `g${Math.floor(i / PODS_PER_SERVICE)}`;
  const labels = { ...(metadata.labels as object), group };
  store.put('pods', { ...pod, metadata: { ...metadata, labels } });
}

function fill(server: ApiServer, pods: number): void {
  for (let i = 0; i < pods; i++) putPod(server, i, addressOf(i));
  const services = Array.from({ length: Math.ceil(pods / PODS_PER_SERVICE) }, (_, i) => [
    `service-${i}`,
    JSON.stringify({ namespace: 'shop', selector: { group: `g${i}` } }),
  ]);
  server.store.put('configmaps', configMap('services', Object.fromEntries(services)));
  server.store.put('configmaps', configMap('config', { template: TEMPLATE }));
  server.store.put('configmaps', configMap('certificates', {}));
  server.store.put('secrets', { metadata: { name: 'keys', namespace: 'lb' }, data: {} });
}

/** Changes pods at a steady rate; each change is acknowledged when it returns from the store. */
async function change(server: ApiServer, watcher: BundleWatcher, run: Run): Promise<void> {
  const start = performance.now();
  for (let n = 0; n < run.changes; n++) {
    const address = addressOf(200_000 + n);
    putPod(server, Math.floor(Math.random() * run.pods), address);
    watcher.expect(` ${address}:`);
    await delay(Math.max(0, start + ((n + 1) * 1000) / run.perSecond - performance.now()));
  }
  const { length } = watcher.times;
  await until('no more bundles come', async () => {
    const before = watcher.bundles();
    await delay(1000);
    return watcher.bundles() === before;
  });
  if (length === 0) throw new Error('no change came through');
}

async function measure(run: Run, server: ApiServer, processes: Processes) {
  fill(server, run.pods);
  const began = performance.now();
  const args = ['serve', '--k8sbase', server.base, '--listen', '127.0.0.1:0'];
  const service = processes.start('service', args);
  const url = await service.prints(/"listens":"([^"]+)"/);
  await until('it is ready', async () => (await fetch(`${url}/readyz`)).ok, 120_000);
  const watcher = watchBundles(url);
  await until('the first bundle', () => watcher.bundles() > 0, 120_000);
  const startS = (performance.now() - began) / 1000;
  const renderer = Number(await service.prints(/"renderer started","pid":(\d+)/));
  const pids = [service.pid, renderer] as const;
  await delay(1000);
  const requests = server.requests.length;
  const used = pids.map(processorMs);
  await change(server, watcher, run);
  const cpuMs = pids.reduce((sum, pid, i) => sum + processorMs(pid) - Number(used[i]), 0);
  const [serverMiB, rendererMiB] = [residentMiB(pids[0]), residentMiB(pids[1])];
  await watcher.end();
  return [
    run.pods,
    run.perSecond,
    quantile(watcher.times, 0.5),
    quantile(watcher.times, 0.99),
    (server.requests.length - requests) / run.changes,
    cpuMs / run.changes,
    serverMiB,
    rendererMiB,
    serverMiB + rendererMiB,
    startS,
  ];
}

const measureAlone = (run: Run) =>
  alone(async (scope) => measure(run, await startApiServer(scope), scope.processes));

/** From a pod's change acknowledged by the API server to the last byte of the new bundle at a poller. */
export default async function kubernetes(): Promise<Section> {
  const rows: (readonly number[])[] = [];
  for (const run of RUNS) rows.push(await measureAlone(run));
  const bytes = JSON.stringify(realisticPod('web-7d4b9c6f5d-00000', '10.0.0.1')).length;
  return {
    title: 'From a changed pod in Kubernetes to the new bundle at a poller',
    note: `From the API server's acknowledgement to the bundle's last byte; pods of ${(bytes / 1000).toFixed(1)} kB without managedFields, ${PODS_PER_SERVICE} a service. CPU is of server and renderer together, memory is resident after the changes, start is from the process to the first bundle. The API server of the tests, the service and the poller share two cores.`,
    head: [
      ...['pods', 'changes/s', 'median ms', 'p99 ms', 'API requests a change', 'CPU ms a change'],
      ...['server MiB', 'renderer MiB', 'together MiB', 'start s'],
    ],
    rows,
  };
}
