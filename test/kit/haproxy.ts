import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import type { TestContext } from 'node:test';
import { createMaster, type Master } from '../../reloader/haproxy/master.ts';
import { findProcesses } from '../../reloader/haproxy/own-processes.ts';
import { until } from './until.ts';

/** The HAProxy binary of the tests. */
export const HAPROXY = process.env.HAPROXY || 'haproxy';

/** For instance 2.6 or 3.2. */
export function haproxyVersion(): string {
  const { stdout } = spawnSync(HAPROXY, ['-v'], { encoding: 'utf8' });
  return /version (\d+\.\d+)/.exec(stdout)?.[1] ?? 'none';
}

/** Ends every HAProxy process that was started with this master socket. */
export async function killHaproxy(socket: string): Promise<void> {
  await until('HAProxy has ended', async () => {
    const left = await findProcesses(socket);
    for (const pid of left) process.kill(pid, 'SIGKILL');
    return left.length === 0;
  });
}

export interface RunningHaproxy {
  readonly socket: string;
  readonly master: Master;
  readonly process: ChildProcess;
}

/** Starts a HAProxy in master-worker mode and waits until its master answers. */
export async function startHaproxy(
  t: TestContext,
  { config, socket }: { readonly config: string; readonly socket: string },
): Promise<RunningHaproxy> {
  const child = spawn(HAPROXY, ['-W', '-S', socket, '-f', config], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  t.after(() => killHaproxy(socket));
  const master = createMaster(socket);
  await until('HAProxy answers', async () => {
    const { exitCode, signalCode } = child;
    const processes = await master.processes();
    if (processes === undefined)
      throw new Error(`it tells nothing (ended: ${exitCode ?? signalCode}): ${said}`);
    return processes;
  });
  return { socket, master, process: child };
}
