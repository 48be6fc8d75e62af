import { spawn } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { HAPROXY } from '../kit/haproxy.ts';
import { PROGRAMS } from '../kit/processes.ts';
import { type Path, startPath, startPlaces } from './path.ts';
import { proportionalMiB, residentMiB } from './process-cost.ts';
import { alone, type Scope } from './scope.ts';
import { quantile, type Section } from './section.ts';
import { timeHaproxy, timeReloader } from './starts.ts';

const PODS = 1_000;
const CHANGES = 1_000;
const STARTS = 9;
/** Longer than the service's quiet window, so that each change comes by itself. */
const PAUSE_MS = 25;

const SETTLE_MS = 2_000;

const median = (values: readonly number[]) => quantile(values, 0.5);

/** What it has after many changes, each of them applied by itself. */
async function measureMemory(path: Path): Promise<readonly number[]> {
  const { pid } = path.reloader;
  const before = proportionalMiB(pid);
  const bare = await measureBare();
  for (let change = 0; change < CHANGES; change += 1) {
    await path.change();
    await delay(PAUSE_MS);
  }
  return [before, proportionalMiB(pid), residentMiB(pid), ...bare];
}

/** What Node.js has with an empty program. */
async function measureBare(): Promise<readonly number[]> {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => undefined, 1000)']);
  await delay(SETTLE_MS);
  const { pid = 0 } = child;
  const figures = [proportionalMiB(pid), residentMiB(pid)];
  child.kill();
  return figures;
}

/** From the process to its readiness, on the release that it has on disk, and HAProxy alone on the same. */
async function measureStarts(scope: Scope, path: Path): Promise<readonly number[]> {
  const stateDir = join(scope.home, 'runtime');
  await path.reloader.end();
  const ours: number[] = [];
  const alone: number[] = [];
  for (let i = 0; i < STARTS; i += 1) {
    alone.push(await timeHaproxy(scope, { stateDir, port: path.port }));
    ours.push(await timeReloader(scope, { stateDir, renderer: path.url }));
  }
  return [median(alone), median(ours), median(ours.map((ms, i) => ms - (alone[i] ?? 0)))];
}

/** What the reloader itself takes of a HAProxy pod: disk, memory, time to start. */
export default async function reloader(): Promise<Section> {
  return alone(async (scope) => {
    const podPort = await startPlaces(scope);
    const path = await startPath({ scope, source: 'files', way: 'runtime', pods: PODS, podPort });
    const memory = await measureMemory(path);
    const { reloads } = (await path.status()).counts;
    const starts = await measureStarts(scope, path);
    const size = statSync(PROGRAMS.reloader).size / 1024;
    const packed = gzipSync(readFileSync(PROGRAMS.reloader)).length / 1024;
    return {
      title: 'What the reloader takes',
      note: `Its one file, which is all that is in a pod beside HAProxy and Node.js. Its memory at ${PODS.toLocaleString('en')} pods, as it has begun, and after ${CHANGES.toLocaleString('en')} changed pods, one after the other: the proportional set size of /proc/PID/smaps_rollup, in which what several processes share is divided among them, and the resident set, in which it is not; then those of Node.js alone, with an empty program, beside it at first. The service, its renderer and three pods run on Node.js, too, and share its code. The time from its process to its /readyz, with the last good release on disk and HAProxy as its child; HAProxy's own from its process to its first answer, on the same release; medians of ${STARTS} in turns. HAProxy is ${HAPROXY}.`,
      head: [
        ...['KiB', 'KiB gzipped', 'PSS at first, MiB', 'after, MiB', 'resident, MiB'],
        ...['PSS of Node.js alone', 'resident', 'reloads'],
        ...['HAProxy alone, ms', 'ready, ms', 'beside HAProxy, ms'],
      ],
      rows: [[size, packed, ...memory, reloads, ...starts]],
    };
  });
}
