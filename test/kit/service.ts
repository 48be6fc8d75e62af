import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { TestContext } from 'node:test';
import { freePort } from './port.ts';
import { PROGRAMS } from './processes.ts';
import { until } from './until.ts';

export interface ServiceProcess {
  readonly child: ChildProcess;
  /** `http://127.0.0.1:PORT`. */
  readonly url: string;
  /** The log so far, parsed. */
  readonly log: () => readonly Record<string, unknown>[];
  /** The renderer's process id. */
  readonly rendererPid: () => number;
}

export interface ServiceOptions {
  /** A folder or file of manifests. */
  readonly from?: string;
  /** Where it listens; a port of its own unless given. */
  readonly listen?: string | undefined;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

function parseLines(text: string): Record<string, unknown>[] {
  return text
    .split('\n')
    .filter((line) => line.startsWith('{') && line.endsWith('}'))
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

/** Starts the real service on a port of its own, and waits until it listens; it ends with the test. */
export async function startServiceProcess(
  t: TestContext,
  options: ServiceOptions,
): Promise<ServiceProcess> {
  const from = options.from === undefined ? [] : ['--from', options.from];
  // Not any: whoever ends this one may start it there again.
  const { listen = `127.0.0.1:${await freePort()}` } = options;
  const args = [PROGRAMS.service, 'serve', ...from, '--listen', listen, ...(options.args ?? [])];
  const child = spawn(process.execPath, args, {
    env: { PATH: process.env.PATH, STATISTICS_PASSWORD: 'test', ...options.env },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let stderr = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    stderr += chunk.toString('utf8');
  });
  t.after(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  });
  const log = () => parseLines(stderr);
  const url = await until('the service listens', () => {
    if (child.exitCode !== null) throw new Error(`the service ended: ${stderr}`);
    return log().find(({ message }) => message === 'serving')?.listens as string | undefined;
  });
  const rendererPid = () =>
    log().findLast(({ message }) => message === 'renderer started')?.pid as number;
  return { child, url, log, rendererPid };
}
