import { spawn } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { openSession, type Session } from '../../reloader/runtime/session.ts';
import { until } from '../kit/until.ts';

export const HAPROXY = process.env.HAPROXY ?? '/usr/sbin/haproxy';

export interface Instance {
  /** Over the worker's own socket, or through the master's. */
  open(way: 'worker' | 'master'): Session;
  /** One question in a session of its own. */
  ask(command: string, payload?: string): Promise<string>;
  stop(): Promise<void>;
}

export interface InstanceOptions {
  /** A folder of its own; files and sockets are put below. */
  readonly root: string;
  readonly config: string;
  readonly files?: Readonly<Record<string, string | Uint8Array>>;
  /** As a master with a worker, so that `open('master')` works. */
  readonly master?: boolean;
}

/** What ends what was begun: a test's context, or a benchmark's scope. */
export interface Ending {
  after(end: () => Promise<void>): void;
}

/** Starts a real HAProxy on a configuration, with a socket of its own for commands, and waits until it answers. */
export async function startHaproxy(t: Ending, options: InstanceOptions): Promise<Instance> {
  const { root, config, files = {}, master = false } = options;
  const paths = { worker: join(root, 'worker.sock'), master: join(root, 'master.sock') };
  const trailer = `\nglobal\n  stats socket ${paths.worker} mode 600 level admin\n  stats timeout 1m\n`;
  for (const [path, content] of Object.entries({ ...files, 'haproxy.cfg': config + trailer })) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), content);
  }
  const mode = master ? ['-W', '-S', paths.master] : [];
  const child = spawn(HAPROXY, [...mode, '-db', '-f', join(root, 'haproxy.cfg')], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text;
  });
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const stop = async () => {
    child.kill('SIGTERM');
    await exited;
  };
  t.after(stop);
  const open: Instance['open'] = (way) =>
    openSession({ path: paths[way], ...(way === 'master' ? { target: '@1' } : {}) });
  const ask: Instance['ask'] = async (command, payload) => {
    const session = open('worker');
    try {
      return await session.ask(command, payload);
    } finally {
      session.close();
    }
  };
  await until('HAProxy answers', async () => {
    if (child.exitCode !== null) return 'ended';
    return /^[0-9]/.test(await ask('show version'));
  });
  if (master && child.exitCode === null)
    await until('its master answers', async () => {
      const session = open('master');
      return /^[0-9]/.test(await session.ask('show version').finally(session.close));
    });
  if (child.exitCode !== null) throw new Error(`HAProxy did not start: ${errors}`);
  return { open, ask, stop };
}
