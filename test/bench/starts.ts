import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { HAPROXY, killHaproxy } from '../kit/haproxy.ts';
import { freePort } from '../kit/port.ts';
import { get } from '../kit/request.ts';
import type { Scope } from './scope.ts';

/** Milliseconds until this is true. */
async function timeUntil(isDone: () => Promise<boolean>): Promise<number> {
  const start = performance.now();
  while (!(await isDone().catch(() => false))) await delay(1);
  return performance.now() - start;
}

export interface HaproxyStart {
  /** Of a reloader that has ended: its release is what HAProxy starts with. */
  readonly stateDir: string;
  /** One that the release binds, where HTTP is answered. */
  readonly port: number;
}

/** From HAProxy's process to its first answer. */
export async function timeHaproxy({ home }: Scope, start: HaproxyStart): Promise<number> {
  const socket = join(home, 'alone.sock');
  const config = join(start.stateDir, 'current', 'haproxy.cfg');
  spawn(HAPROXY, ['-W', '-S', socket, '-f', config], { stdio: 'ignore' });
  const ms = await timeUntil(async () => (await get(start.port, '/')).status > 0);
  await killHaproxy(socket);
  return ms;
}

export interface ReloaderStart {
  readonly stateDir: string;
  readonly renderer: string;
}

/** From the reloader's process to its readiness, HAProxy being its child. */
export async function timeReloader({ processes }: Scope, start: ReloaderStart): Promise<number> {
  const port = await freePort();
  const reloader = processes.start('reloader', [
    ...['--renderer', start.renderer, '--state-dir', start.stateDir, '--haproxy', HAPROXY],
    ...['--listen', `127.0.0.1:${port}`, '--drain', '0'],
  ]);
  const ms = await timeUntil(async () => (await get(port, '/readyz')).status === 200);
  await reloader.end();
  return ms;
}
