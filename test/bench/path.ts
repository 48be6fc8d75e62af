import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { findProcesses } from '../../reloader/haproxy/own-processes.ts';
import type { Status } from '../../reloader/status.ts';
import { startApiServer } from '../apiserver/server.ts';
import { HAPROXY } from '../kit/haproxy.ts';
import { freePort } from '../kit/port.ts';
import type { Started } from '../kit/processes.ts';
import { get } from '../kit/request.ts';
import { until } from '../kit/until.ts';
import { type Cluster, createFolder, createKubernetes } from './cluster.ts';
import { createFleet, type Fleet, PROBE_HOST } from './fleet.ts';
import { childrenMs, processorMs, residentMiB } from './process-cost.ts';
import type { Scope } from './scope.ts';

export const SOURCES = ['files', 'Kubernetes'] as const;
export const WAYS = ['runtime', 'reload'] as const;
export type Way = (typeof WAYS)[number];

/** Where the watched pod may be, by the names that are answered there. */
const PLACES = [
  { name: 'here', address: '127.84.0.1' },
  { name: 'there', address: '127.84.0.2' },
] as const;
/** Where the pod is whose connections stay. */
export const HOLDER = '127.84.0.3';

export interface Cpu {
  readonly reloaderMs: number;
  /** Of `haproxy -c`. */
  readonly checksMs: number;
  /** Of all processes of HAProxy, those that have ended included. */
  readonly haproxyMs: number;
}

/** The whole path of a change, in processes of its own: render service, reloader, HAProxy. */
export interface Path {
  readonly port: number;
  /** The render service's. */
  readonly url: string;
  readonly fleet: Fleet;
  readonly service: Started;
  readonly reloader: Started;
  /** Replaces the watched pod: milliseconds until the new one answers a first request. Then all of it is done. */
  change(): Promise<number>;
  status(): Promise<Status>;
  cpu(): Promise<Cpu>;
  /** Of all processes of HAProxy, and how many these are. */
  haproxyMemory(): Promise<{ readonly mib: number; readonly processes: number }>;
}

export interface PathOptions {
  readonly scope: Scope;
  readonly source: (typeof SOURCES)[number];
  readonly way: Way;
  readonly pods: number;
  readonly podPort: number;
}

/** What stands for the watched pod, wherever it is. */
export async function startPlaces({ processes }: Scope): Promise<number> {
  const podPort = await freePort();
  for (const { name, address } of PLACES)
    await processes.start('pod', [name, address, String(podPort)]).prints(/(serving)/);
  return podPort;
}

const createCluster = async ({ scope, source, way }: PathOptions): Promise<Cluster> =>
  source === 'files'
    ? createFolder(join(scope.home, `${way}-manifests`))
    : createKubernetes(await startApiServer(scope));

/** Starts it, with the watched pod in the first place, and waits until that answers. */
export async function startPath(options: PathOptions): Promise<Path> {
  const { way, pods, podPort, scope } = options;
  const { processes } = scope;
  const stateDir = join(scope.home, way);
  const [port, statsPort] = [await freePort(), await freePort()];
  const cluster = await createCluster(options);
  const isNamedInRule = way === 'reload';
  const fleet = await createFleet({
    ...{ cluster, pods, port, statsPort, podPort, isNamedInRule },
    holder: HOLDER,
  });
  await fleet.putProbe({ ...PLACES[0], name: 'probe-0' });
  const service = processes.start('service', ['serve', ...cluster.flags, '--listen=127.0.0.1:0']);
  const url = await service.prints(/"listens":"([^"]+)"/);
  const reloader = processes.start('reloader', [
    ...['--renderer', url, '--state-dir', stateDir, '--haproxy', HAPROXY],
    ...['--listen', '127.0.0.1:0', '--drain', '0'],
  ]);
  const listens = await reloader.prints(/"listen":\{[^}]*"port":(\d+)/);
  const status = async () =>
    (await fetch(`http://127.0.0.1:${listens}/status`)).json() as Promise<Status>;
  const answers = async (name: string) =>
    (await get(port, '/', { Host: PROBE_HOST })).text.trim() === name;
  await until('the first place answers', () => answers(PLACES[0].name), 120_000);
  const haproxy = () => findProcesses(join(stateDir, 'master.sock'));
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  /** By what it logs: a question would cost the process that is measured. */
  const liveReleases = () => reloader.output().split('"release live"').length;
  let changes = 0;
  return {
    port,
    url,
    fleet,
    service,
    reloader,
    status,
    async change() {
      changes += 1;
      const before = liveReleases();
      const { name, address } = PLACES[changes % 2 === 0 ? 0 : 1];
      const start = performance.now();
      await fleet.putProbe({ name: `probe-${changes}`, address });
      while (!(await answers(name).catch(() => false))) await delay(1);
      const took = performance.now() - start;
      await until('it is live', () => liveReleases() > before);
      return took;
    },
    async cpu() {
      const pids = await haproxy();
      return {
        reloaderMs: processorMs(reloader.pid),
        checksMs: childrenMs(reloader.pid),
        haproxyMs: sum(pids.map((pid) => processorMs(pid) + childrenMs(pid))),
      };
    },
    async haproxyMemory() {
      const pids = await haproxy();
      return { mib: sum(pids.map(residentMiB)), processes: pids.length };
    },
  };
}
