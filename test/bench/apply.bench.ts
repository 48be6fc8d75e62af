import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type Bundle, bundleFile, makeBundle } from '../../functions/wire/bundle.ts';
import { findProcesses } from '../../reloader/own-processes.ts';
import { HAPROXY } from '../kit/haproxy.ts';
import { freePort } from '../kit/port.ts';
import { createProcesses, type Processes } from '../kit/processes.ts';
import { type Renderer, startRendererAlone } from '../kit/renderer.ts';
import { get } from '../kit/request.ts';
import { until } from '../kit/until.ts';
import { residentMiB } from './fleet.ts';
import { quantile, type Section } from './section.ts';

const SIZES = [10, 1_000, 10_000];
const CHANGES = 40;
const MEMORY_CHANGES = 200;
const CONNECTIONS = 50;
const PAUSE_MS = 150;
const TICKS_PER_SECOND = 100;
const PLACES = ['here', 'there'] as const;

/** One way of bringing a change to HAProxy: as it is, or with a line that takes a reload. */
interface Side {
  readonly way: 'runtime' | 'reload';
  readonly renderer: Renderer;
  readonly home: string;
  readonly port: number;
  readonly status: () => Promise<Status>;
  readonly reloaderPid: number;
}

interface Status {
  readonly live?: string;
  readonly counts: { readonly reloads: number; readonly runtimeApplies: number };
  readonly haproxy: { readonly oldWorkers: number };
}

const others = (pods: number) =>
  Array.from({ length: Math.ceil(pods / 10) }, (_, s) => {
    const servers = Array.from(
      { length: 10 },
      (_, i) => `  server pod-${s}-${i} 10.${s >> 8}.${s & 255}.${i + 1}:8080\n`,
    );
    return `backend service-${s}\n${servers.join('')}`;
  }).join('');

interface Wanted {
  readonly side: Pick<Side, 'way' | 'port'>;
  readonly rest: string;
  readonly podPort: number;
  readonly change: number;
}

function bundleOf({ side, rest, podPort, change }: Wanted): Bundle {
  const rule = side.way === 'reload' ? `  http-request set-header x-change ${change}\n` : '';
  const config = `global
  maxconn 2000
defaults
  mode http
  timeout connect 2s
  timeout client 1h
  timeout server 1h
  option idle-close-on-response
frontend web
  bind 127.0.0.1:${side.port}
${rule}  default_backend probe
backend probe
  server probe-${change} ${change % 2 === 0 ? '127.84.0.1' : '127.84.0.2'}:${podPort}
${rest}`;
  return makeBundle([bundleFile('haproxy.cfg', config)], {});
}

async function startSide(way: Side['way'], processes: Processes, home: string): Promise<Side> {
  const renderer = await startRendererAlone();
  const stateDir = join(home, way);
  const reloader = processes.start('reloader', [
    ...['--renderer', renderer.url, '--state-dir', stateDir, '--haproxy', HAPROXY],
    ...['--listen', '127.0.0.1:0', '--drain', '0'],
  ]);
  const port = await freePort();
  const listens = reloader.prints(/"listen":\{[^}]*"port":(\d+)/);
  const status = async () =>
    (await fetch(`http://127.0.0.1:${await listens}/status`)).json() as Promise<Status>;
  return { way, renderer, home: stateDir, port, status, reloaderPid: reloader.pid };
}

/** Processor time of a process so far, in milliseconds. */
function cpuMs(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return ((Number(fields[11]) + Number(fields[12])) * 1000) / TICKS_PER_SECOND;
}

const workersOf = ({ home }: Side) => findProcesses(join(home, 'master.sock'));

/** Of the HAProxy processes that still run, and of the reloader with the children that it has waited for. */
async function haproxyMiB(side: Side): Promise<number> {
  return (await workersOf(side)).map(residentMiB).reduce((sum, mib) => sum + mib, 0);
}

/** Serves the change and waits for the first request that the new pod answers. */
async function measureChange(side: Side, wanted: Omit<Wanted, 'side'>): Promise<number> {
  const name = PLACES[wanted.change % 2 === 0 ? 0 : 1];
  const bundle = bundleOf({ side, ...wanted });
  const start = performance.now();
  side.renderer.serve(bundle);
  const answers = async () => (await get(side.port)).text.trim() === name;
  while (!(await answers().catch(() => false))) await delay(1);
  const took = performance.now() - start;
  await until('it is live', async () => (await side.status()).live === bundle.etag, 60_000);
  return took;
}

interface Measured {
  readonly times: readonly number[];
  readonly reloads: number;
  readonly reloaderCpuMs: number;
}

async function measure(
  pods: number,
  processes: Processes,
  home: string,
): Promise<Readonly<Record<Side['way'], Measured>>> {
  const podPort = await freePort();
  for (const [i, name] of PLACES.entries())
    await processes.start('pod', [name, `127.84.0.${i + 1}`, String(podPort)]).prints(/(serving)/);
  const rest = others(pods);
  const sides = [
    await startSide('runtime', processes, home),
    await startSide('reload', processes, home),
  ] as const;
  const times = { runtime: [] as number[], reload: [] as number[] };
  for (const side of sides) await measureChange(side, { rest, podPort, change: 0 });
  const before = sides.map((side) => cpuMs(side.reloaderPid));
  for (let change = 1; change <= CHANGES; change += 1)
    for (const side of sides) {
      await delay(PAUSE_MS);
      times[side.way].push(await measureChange(side, { rest, podPort, change }));
    }
  const told = await Promise.all(
    sides.map(async (side, i): Promise<Measured> => {
      const { counts } = await side.status();
      const reloaderCpuMs = (cpuMs(side.reloaderPid) - (before[i] ?? 0)) / CHANGES;
      return { times: times[side.way], reloads: counts.reloads, reloaderCpuMs };
    }),
  );
  for (const side of sides) await side.renderer.leave();
  return { runtime: told[0] as Measured, reload: told[1] as Measured };
}

/** A pod that keeps every connection open and answers the first bytes with its name. */
async function startHolder(): Promise<{ port: number; close(): void }> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket.on('error', () => undefined));
    socket.once('data', () =>
      socket.write('HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n'),
    );
  });
  await new Promise<void>((done) => void server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as { port: number };
  const close = () => {
    server.close();
    for (const socket of sockets) socket.destroy();
  };
  return { port, close };
}

interface Held {
  readonly mib: number;
  readonly workers: number;
  readonly left: number;
}

/** Memory after many changes while connections are held open. */
async function hold(way: Side['way'], processes: Processes, home: string): Promise<Held> {
  const podPort = await freePort();
  for (const [i, name] of PLACES.entries())
    await processes.start('pod', [name, `127.84.0.${i + 1}`, String(podPort)]).prints(/(serving)/);
  const holder = await startHolder();
  const rest = `frontend held\n  bind unix@${home}/held.sock\n  default_backend held\nbackend held\n  server stays 127.0.0.1:${holder.port}\n${others(1_000)}`;
  const side = await startSide(way, processes, home);
  await measureChange(side, { rest, podPort, change: 0 });
  let open = 0;
  const held: Socket[] = [];
  const connectOne = () =>
    new Promise<void>((done) => {
      const socket = connect(join(home, 'held.sock'));
      held.push(socket);
      socket.write('GET / HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n');
      socket.on('error', () => undefined);
      socket.once('data', () => {
        open += 1;
        socket.on('close', () => {
          open -= 1;
        });
        done();
      });
    });
  for (let change = 1; change <= MEMORY_CHANGES; change += 1) {
    // A connection that begins between two reloads keeps the worker of its time.
    if (change % (MEMORY_CHANGES / CONNECTIONS) === 0) await connectOne();
    await measureChange(side, { rest, podPort, change });
  }
  const result = {
    mib: await haproxyMiB(side),
    workers: (await workersOf(side)).length - 1,
    left: open,
  };
  for (const socket of held) socket.destroy();
  holder.close();
  await side.renderer.leave();
  return result;
}

async function alone<T>(work: (processes: Processes, home: string) => Promise<T>): Promise<T> {
  const home = await mkdtemp(join(tmpdir(), 'kh-bench-'));
  const processes = createProcesses();
  try {
    return await work(processes, home);
  } finally {
    await processes.endAll();
    await rm(home, { recursive: true, force: true });
  }
}

/** From a changed pod to the first request that it answers, through reloader and HAProxy, with and without a reload. */
export default async function apply(): Promise<readonly Section[]> {
  const rows: (string | number)[][] = [];
  for (const pods of SIZES) {
    const measured = await alone((processes, home) => measure(pods, processes, home));
    for (const way of ['runtime', 'reload'] as const) {
      const { times, reloads, reloaderCpuMs } = measured[way];
      const [median, p99] = [quantile(times, 0.5), quantile(times, 0.99)];
      rows.push([pods.toLocaleString('en'), way, median, p99, reloads, reloaderCpuMs]);
    }
  }
  const held: (string | number)[][] = [];
  for (const way of ['runtime', 'reload'] as const) {
    const { mib, workers, left } = await alone((processes, home) => hold(way, processes, home));
    held.push([way, mib, workers, left]);
  }
  return [
    {
      title: 'From a changed pod to the first request that it answers',
      note: `${CHANGES} changes each, in turns on the same machine: one reloader changes HAProxy at runtime, the other is given a line more that takes a reload.`,
      head: ['pods', 'way', 'median ms', 'p99 ms', 'reloads', 'reloader CPU ms a change'],
      rows,
    },
    {
      title: 'Memory of HAProxy after many changes with connections that stay',
      note: `${MEMORY_CHANGES} changes at 1,000 pods, while ${CONNECTIONS} long connections are opened one after the other.`,
      head: ['way', 'MiB', 'workers', 'connections left'],
      rows: held,
    },
  ];
}
