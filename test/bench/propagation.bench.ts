import { setTimeout as delay } from 'node:timers/promises';
import { measureNewServices } from './new-services.ts';
import { type Cpu, type Path, SOURCES, startPath, startPlaces, WAYS, type Way } from './path.ts';
import { residentMiB } from './process-cost.ts';
import { alone } from './scope.ts';
import { quantile, type Section } from './section.ts';

const SIZES = [10, 1_000, 10_000];
const CHANGES = 50;
/** Longer than the service's quiet window, so that each change is alone. */
const PAUSE_MS = 150;

type Row = readonly (string | number)[];

/** One way in this measurement: its path, and what it has taken so far. */
interface Side {
  readonly way: Way;
  readonly path: Path;
  readonly times: number[];
  readonly cpu: { -readonly [part in keyof Cpu]: number };
}

async function turn({ path, times, cpu }: Side): Promise<void> {
  const before = await path.cpu();
  times.push(await path.change());
  // What is left to do, such as to delete the server that left, belongs to the change.
  await delay(PAUSE_MS * (1 + Math.random()));
  const after = await path.cpu();
  for (const part of ['reloaderMs', 'checksMs', 'haproxyMs'] as const)
    cpu[part] += (after[part] - before[part]) / CHANGES;
}

interface Measured {
  readonly times: readonly Row[];
  readonly memory: Row;
}

/** Both ways take turns, change by change. */
async function measure(source: (typeof SOURCES)[number], pods: number): Promise<Measured> {
  return alone(async (scope) => {
    const podPort = await startPlaces(scope);
    const sides: Side[] = [];
    for (const way of WAYS) {
      const path = await startPath({ scope, source, way, pods, podPort });
      sides.push({ way, path, times: [], cpu: { reloaderMs: 0, checksMs: 0, haproxyMs: 0 } });
    }
    for (let change = 0; change < CHANGES; change += 1) for (const side of sides) await turn(side);
    const times: Row[] = [];
    for (const { way, path, times: all, cpu } of sides) {
      const { reloads, runtimeApplies } = (await path.status()).counts;
      const quantiles = [quantile(all, 0.5), quantile(all, 0.99)];
      const spent = [cpu.reloaderMs, cpu.checksMs, cpu.haproxyMs];
      const size = pods.toLocaleString('en');
      times.push([source, size, way, ...quantiles, reloads, runtimeApplies, ...spent]);
    }
    const { service, reloader } = (sides[0] as Side).path;
    const renderer = Number(/"renderer started"[^\n]*"pid":(\d+)/.exec(service.output())?.[1]);
    const memory = [service.pid, renderer, reloader.pid].map(residentMiB);
    return { times, memory: [source, pods.toLocaleString('en'), ...memory] };
  });
}

/** From a changed pod to the first request that it answers, through the whole path, at runtime and by reloads. */
export default async function propagation(): Promise<readonly Section[]> {
  const measured: Measured[] = [];
  for (const source of SOURCES)
    for (const pods of SIZES) measured.push(await measure(source, pods));
  return [
    {
      title: 'From a changed pod to the first request that it answers',
      note: `${CHANGES} times a pod is replaced by one of another name and address: source, render service, reloader, HAProxy, each a process of its own, on the template of the example basic, ten pods of 8 kB a service. Both ways take turns; on the way of reloads, a rule of the template tells the pod's name. The files are JSON, replaced by a rename; others, such as YAML, are left alone for 30 ms after they were written. CPU is milliseconds a change: of the reloader, of its haproxy -c, and of all processes of HAProxy, the probing requests included.`,
      head: [
        ...['source', 'pods', 'way', 'median ms', 'p99 ms', 'reloads', 'without reload'],
        ...['reloader CPU', 'check CPU', 'HAProxy CPU'],
      ],
      rows: measured.flatMap(({ times }) => times),
    },
    await measureNewServices(),
    {
      title: 'Resident memory, MiB',
      note: 'After these changes, on the way without reloads.',
      head: ['source', 'pods', 'server', 'renderer', 'reloader'],
      rows: measured.map(({ memory }) => memory),
    },
  ];
}
