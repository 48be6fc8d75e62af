import { readFileSync, statSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { HAPROXY } from '../kit/haproxy.ts';
import { freePort } from '../kit/port.ts';
import { createProcesses, PROGRAMS, type Processes } from '../kit/processes.ts';
import { get } from '../kit/request.ts';
import { until } from '../kit/until.ts';
import { createFleet, PROBE_HOST, residentMiB } from './fleet.ts';
import { quantile, type Section } from './section.ts';

const SIZES = [10, 1_000, 10_000];
const CHANGES = 60;
/** Longer than the service's quiet window, so that each change is alone. */
const PAUSE_MS = 250;
/** The two places where the watched pod may be, by the names that they answer. */
const PLACES = [
  { name: 'here', address: '127.84.0.1' },
  { name: 'there', address: '127.84.0.2' },
] as const;

interface Measured {
  readonly times: readonly number[];
  readonly reloads: number;
  readonly runtimeApplies: number;
  readonly serverMiB: number;
  readonly rendererMiB: number;
  readonly reloaderMiB: number;
}

interface Status {
  readonly counts: { readonly reloads: number; readonly runtimeApplies: number };
}

async function measure(pods: number, processes: Processes, home: string): Promise<Measured> {
  const [port, statsPort, podPort] = [await freePort(), await freePort(), await freePort()];
  for (const { name, address } of PLACES)
    await processes.start('pod', [name, address, String(podPort)]).prints(/(serving)/);
  const folder = join(home, 'manifests');
  const fleet = await createFleet({ folder, pods, port, statsPort, podPort });
  await fleet.putProbe({ name: 'probe-0', address: PLACES[0].address });
  const server = processes.start('service', ['serve', '--from', folder, '--listen', '127.0.0.1:0']);
  const url = await server.prints(/"listens":"([^"]+)"/);
  const reloader = processes.start('reloader', [
    ...['--renderer', url, '--state-dir', join(home, 'state'), '--haproxy', HAPROXY],
    ...['--listen', '127.0.0.1:0', '--drain', '0'],
  ]);
  const status = `http://127.0.0.1:${await reloader.prints(/"listen":\{[^}]*"port":(\d+)/)}/status`;
  const counts = async () => ((await (await fetch(status)).json()) as Status).counts;
  const answers = async (name: string) => {
    const { text } = await get(port, '/', { Host: PROBE_HOST });
    return text.trim() === name;
  };
  await until('the first place answers', () => answers(PLACES[0].name), 120_000);
  const before = await counts();
  const times: number[] = [];
  for (let i = 1; i <= CHANGES; i += 1) {
    await delay(PAUSE_MS * (1 + Math.random()));
    const { name, address } = PLACES[i % 2 === 0 ? 0 : 1];
    const start = performance.now();
    await fleet.putProbe({ name: `probe-${i}`, address });
    while (!(await answers(name).catch(() => false))) await delay(1);
    times.push(performance.now() - start);
  }
  const after = await counts();
  const rendererPid = Number(/"renderer started"[^\n]*"pid":(\d+)/.exec(server.output())?.[1]);
  return {
    times,
    reloads: after.reloads - before.reloads,
    runtimeApplies: after.runtimeApplies - before.runtimeApplies,
    serverMiB: residentMiB(server.pid),
    rendererMiB: residentMiB(rendererPid),
    reloaderMiB: residentMiB(reloader.pid),
  };
}

async function measureAlone(pods: number): Promise<Measured> {
  const home = await mkdtemp(join(tmpdir(), 'kh-bench-'));
  const processes = createProcesses();
  try {
    return await measure(pods, processes, home);
  } catch (cause) {
    throw new Error(`with ${pods} pods:\n${processes.lastWords()}`, { cause });
  } finally {
    await processes.endAll();
    await rm(home, { recursive: true, force: true });
  }
}

/** From a changed manifest to the first request that the new backend serves, through all processes. */
export default async function propagation(): Promise<readonly Section[]> {
  const measured: (readonly [number, Measured])[] = [];
  for (const pods of SIZES) measured.push([pods, await measureAlone(pods)]);
  const size = statSync(PROGRAMS.reloader).size / 1024;
  const packed = gzipSync(readFileSync(PROGRAMS.reloader)).length / 1024;
  return [
    {
      title: 'From a changed manifest to the first request served by the new backend',
      note: `${CHANGES} changes of a pod's name and address, ten pods of 9 kB a service: folder, render service, reloader, HAProxy.`,
      head: ['pods', 'median ms', 'p99 ms', 'reloads', 'without reload'],
      rows: measured.map(([pods, { times, reloads, runtimeApplies }]) => [
        pods,
        quantile(times, 0.5),
        quantile(times, 0.99),
        reloads,
        runtimeApplies,
      ]),
    },
    {
      title: 'Resident memory, MiB',
      note: 'After these changes.',
      head: ['pods', 'server', 'renderer', 'reloader'],
      rows: measured.map(([pods, { serverMiB, rendererMiB, reloaderMiB }]) => [
        pods,
        serverMiB,
        rendererMiB,
        reloaderMiB,
      ]),
    },
    {
      title: "The reloader's one file",
      note: 'All that is in a HAProxy pod beside HAProxy and Node.js.',
      head: ['file', 'KiB', 'KiB gzipped'],
      rows: [['haproxy-reloader.js', size, packed]],
    },
  ];
}
