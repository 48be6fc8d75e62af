import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { processorMs, residentMiB } from '../process-cost.ts';
import { startChild } from './child.ts';
import type { Contender } from './contender.ts';
import type { Done, Order } from './pollers.ts';

/** What one contender does with one fleet. */
export interface Measured {
  /** From the first dial until each has had its first answer. */
  readonly connectMs: number;
  /** From each change until the last byte of the last answer. */
  readonly lastByteMs: readonly number[];
  /** That each change brings to each poller, heads included. */
  readonly bytes: readonly number[];
  /** Of that, until the bundle was made: read and rendered. */
  readonly madeMs: readonly number[];
  /** Of processor time, until then. */
  readonly cpuMs: readonly number[];
  /** Resident memory a held poll. */
  readonly kilobytes: number;
  /** The longest that another answer took during one more change. */
  readonly healthMs: number;
  readonly statusMs: number;
  /** Connections that ended, and answers that were no bundle. */
  readonly lost: number;
}

export interface FleetOptions {
  readonly count: number;
  /** Milliseconds in which they dial. */
  readonly withinMs: number;
  /** Whether they ask for what is new alone. */
  readonly takesDeltas?: boolean;
}

export const CHANGES = 9;
/** Answers before those that are measured: a service runs for days, and its code is compiled as it is used. */
export const WARM = 20_000;
const PATIENCE_MS = 120_000;
/** For what the first answers leave behind to be collected. */
const SETTLE_MS = 3_000;

const now = () => Number(process.hrtime.bigint()) / 1e6;

/** Asks again and again until told to stop; gives the longest time that an answer took. */
async function slowest(url: string, signal: AbortSignal): Promise<number> {
  let most = 0;
  while (!signal.aborted) {
    const began = now();
    const response = await fetch(url);
    await response.arrayBuffer();
    if (!response.ok) throw new Error(`${url} was answered ${response.status}`);
    most = Math.max(most, now() - began);
    await delay(20);
  }
  return most;
}

/** Lets a fleet in a process of its own poll, through some changes in a row. */
export async function measure(
  contender: Contender,
  { count, withinMs, takesDeltas = false }: FleetOptions,
): Promise<Measured> {
  const module = join(import.meta.dirname, 'pollers.js');
  const pollers = startChild<Order, Done>(module, [
    contender.url,
    ...(takesDeltas ? ['deltas'] : []),
  ]);

  // To ask costs the service more than it does the other: seldom, therefore.
  async function allAreHeld(): Promise<void> {
    const end = now() + PATIENCE_MS;
    while ((await contender.held()) !== count) {
      if (now() > end) throw new Error(`${await contender.held()} of ${count} are held`);
      await delay(300);
    }
  }

  async function change() {
    pollers.send({ order: 'expect' });
    await delay(300);
    const done = pollers.reply();
    const [began, beganAt, cpu] = [now(), Date.now(), processorMs(contender.pid)];
    await contender.change();
    const { at, lost, bytes } = await done;
    const cpuMs = processorMs(contender.pid) - cpu;
    await delay(300);
    await allAreHeld();
    const madeMs = (contender.published() ?? beganAt) - beganAt;
    return { ms: at - began, madeMs, cpuMs, lost, bytes };
  }

  try {
    await delay(1_000);
    const before = residentMiB(contender.pid);
    const began = now();
    pollers.send({ order: 'connect', count, withinMs });
    const connected = await pollers.reply();
    await delay(SETTLE_MS);
    await allAreHeld();
    const kilobytes = ((residentMiB(contender.pid) - before) * 1024) / count;
    for (let answers = 0; answers < WARM; answers += count) await change();
    const changes = [];
    for (let i = 0; i < CHANGES; i += 1) changes.push(await change());
    const stop = new AbortController();
    const probes = ['/healthz', '/status'].map((path) =>
      slowest(contender.url + path, stop.signal),
    );
    const { lost } = await change();
    stop.abort();
    const [healthMs = 0, statusMs = 0] = await Promise.all(probes);
    return {
      connectMs: connected.at - began,
      lastByteMs: changes.map(({ ms }) => ms),
      bytes: changes.map((one) => one.bytes),
      madeMs: changes.map((one) => one.madeMs),
      cpuMs: changes.map((one) => one.cpuMs),
      kilobytes,
      healthMs,
      statusMs,
      lost,
    };
  } finally {
    await pollers.end();
  }
}
