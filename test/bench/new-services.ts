import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parse } from 'yaml';
import type { Status } from '../../reloader/status.ts';
import { readExample } from '../examples/example.ts';
import { freePort } from '../kit/port.ts';
import { get } from '../kit/request.ts';
import { until } from '../kit/until.ts';
import { createFolder, NAMESPACE } from './cluster.ts';
import { addressOf } from './fleet.ts';
import { startPlaces, WAYS, type Way } from './path.ts';
import { alone, type Scope } from './scope.ts';
import { quantile, type Section } from './section.ts';

const SIZES = [10, 1_000];
const CHANGES = 20;
const AT_ONCE = 1_000;
/** Longer than the service's quiet window, so that each change is alone. */
const PAUSE_MS = 300;
/** Where the pod of every new service is. */
const PLACE = '127.84.0.1';

/** HAProxy 3.4, fetched beside the system's: the first that takes whole services while it runs. */
function fetchHaproxy(): string {
  const script = join(import.meta.dirname, '..', '..', '..', 'test', 'fetch-haproxy.sh');
  const { stdout, status, stderr } = spawnSync('sh', [script, '3.4'], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`HAProxy 3.4 could not be fetched: ${stderr}`);
  return stdout.trim().split('\n').at(-1) ?? '';
}

/** The example `maps`; on the way of reloads, a line tells how many services there are. */
function templateOf(ports: { readonly port: number; readonly health: number }, way: Way) {
  const config = readExample('maps').find(({ origin }) => origin === 'config.yaml')?.text ?? '';
  const { data } = parse(config) as { data: Record<string, string> };
  const count = '\n        http-request set-header X-Services {{ services|length }}';
  const template = (data.template ?? '')
    .replace('bind :8000', `bind 127.0.0.1:${ports.port}${way === 'reload' ? count : ''}`)
    .replace('bind :8404', `bind 127.0.0.1:${ports.health}`)
    .replace('default-server check', 'default-server');
  return { ...data, template };
}

interface Path {
  /** Adds services; milliseconds until the last of them answers a first request. */
  add(count: number): Promise<number>;
  status(): Promise<Status>;
}

async function startServices(
  scope: Scope,
  {
    way,
    services,
    haproxy,
  }: { readonly way: Way; readonly services: number; readonly haproxy: string },
): Promise<Path> {
  const podPort = await startPlaces(scope);
  const [port, health] = [await freePort(), await freePort()];
  const cluster = await createFolder(join(scope.home, `${way}-manifests`));
  const entries: Record<string, string> = {};
  const hostOf = (number: number) => `service-${number}.example.com`;
  const add = async (count: number) => {
    for (let i = 0; i < count; i += 1) {
      const number = Object.keys(entries).length;
      const selector = { app: number < services ? `app-${number}` : 'new' };
      const rest = { hostnames: [hostOf(number)], port: podPort };
      entries[`service-${number}`] = JSON.stringify({ namespace: NAMESPACE, selector, ...rest });
    }
    await cluster.putConfigMap('services', entries);
    return hostOf(Object.keys(entries).length - 1);
  };
  await cluster.putConfigMap('config', templateOf({ port, health }, way));
  await cluster.putPods('new', [{ name: 'new', app: 'new', address: PLACE }]);
  const pods = Array.from({ length: services }, (_, i) => ({
    ...{ name: `pod-${i}`, app: `app-${i}`, address: addressOf(i + 1) },
  }));
  await cluster.putPods('others', pods);
  await add(services);
  const { processes } = scope;
  const service = processes.start('service', ['serve', ...cluster.flags, '--listen=127.0.0.1:0']);
  const url = await service.prints(/"listens":"([^"]+)"/);
  const reloader = processes.start('reloader', [
    ...['--renderer', url, '--state-dir', join(scope.home, way), '--haproxy', haproxy],
    ...['--listen', '127.0.0.1:0', '--drain', '0'],
  ]);
  const listens = await reloader.prints(/"listen":\{[^}]*"port":(\d+)/);
  const status = async () =>
    (await fetch(`http://127.0.0.1:${listens}/status`)).json() as Promise<Status>;
  const answers = async (host: string) => (await get(port, '/', { Host: host })).status === 200;
  await until('the configuration is live', async () => (await status()).live, 120_000);
  return {
    status,
    async add(count) {
      const { live } = await status();
      const start = performance.now();
      const host = await add(count);
      while (!(await answers(host).catch(() => false))) await delay(1);
      const took = performance.now() - start;
      await until('it is live', async () => {
        const now = await status();
        return now.live !== live && now.live === now.wanted;
      });
      return took;
    },
  };
}

async function measure(services: number, haproxy: string) {
  return alone(async (scope) => {
    const sides = await Promise.all(
      WAYS.map(async (way) => ({
        way,
        path: await startServices(scope, { way, services, haproxy }),
        times: [] as number[],
      })),
    );
    for (let change = 0; change < CHANGES; change += 1)
      for (const { path, times } of sides) {
        times.push(await path.add(1));
        await delay(PAUSE_MS);
      }
    const rows: (readonly (string | number)[])[] = [];
    for (const { way, path, times } of sides) {
      const before = (await path.status()).counts;
      const atOnce = await path.add(AT_ONCE);
      const quantiles = [quantile(times, 0.5), quantile(times, 0.99)];
      rows.push([services, way, ...quantiles, before.reloads, before.runtimeApplies, atOnce]);
    }
    return rows;
  });
}

/** From a new entry of `services` to the first request that it answers, at runtime and by reloads. */
export async function measureNewServices(): Promise<Section> {
  const haproxy = fetchHaproxy();
  const rows: (readonly (string | number)[])[] = [];
  for (const services of SIZES) rows.push(...(await measure(services, haproxy)));
  return {
    title: 'From a new service to the first request that it answers',
    note: `HAProxy 3.4, the template of the example maps, a pod a service, from files, through the whole path. ${CHANGES} times an entry comes to \`services\`, both ways taking turns; on the way of reloads, a rule tells how many services there are. Then ${AT_ONCE.toLocaleString('en')} come at once: until the last of them answers, rendering included.`,
    head: [
      ...['services', 'way', 'median ms', 'p99 ms', 'reloads', 'without reload'],
      `${AT_ONCE.toLocaleString('en')} at once, ms`,
    ],
    rows,
  };
}
