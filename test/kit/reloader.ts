import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { Status } from '../../reloader/status.ts';
import { HAPROXY, killHaproxy } from './haproxy.ts';
import { PROGRAMS } from './processes.ts';
import { type Answered, get as getFrom } from './request.ts';
import { until } from './until.ts';

export type ShownStatus = Status & { readonly ready: boolean };

export interface RunningReloader {
  readonly process: ChildProcess;
  readonly stateDir: string;
  /** The master socket of its child HAProxy. */
  readonly socket: string;
  /** What it has logged so far. */
  log(): string;
  get(path: string): Promise<Answered>;
  status(): Promise<ShownStatus>;
  /** Waits until HAProxy runs this hash and the reloader is ready. */
  isLive(etag: string): Promise<ShownStatus>;
  /** Waits until this hash is refused. */
  isRefused(etag: string): Promise<ShownStatus>;
  /** Exit code and signal, once it has ended. */
  readonly ended: Promise<readonly [number | null, NodeJS.Signals | null]>;
  /** Sends a signal and gives the exit code, or the signal that ended it. */
  end(signal?: NodeJS.Signals): Promise<number | string>;
}

export interface ReloaderOptions {
  readonly stateDir: string;
  readonly renderer?: string;
  /** More settings, as flags. */
  readonly flags?: readonly string[];
  readonly env?: Readonly<{ [variable: string]: string }>;
  /** A program to start it with, for instance `prlimit`. */
  readonly through?: readonly string[];
}

/** The newest reloader on each master socket: an older one's HAProxy is its own, and it would start it anew. */
const newest = new Map<string, ChildProcess>();

/** Starts the real reloader as a process; it and its HAProxy are ended with the test. */
export async function startReloader(
  t: TestContext,
  {
    stateDir,
    renderer = 'http://127.0.0.1:9',
    flags = [],
    env = {},
    through = [],
  }: ReloaderOptions,
): Promise<RunningReloader> {
  const [program = process.execPath, ...args] = [
    ...through,
    process.execPath,
    PROGRAMS.reloader,
    `--renderer=${renderer}`,
    `--state-dir=${stateDir}`,
    `--haproxy=${HAPROXY}`,
    '--listen=127.0.0.1:0',
    '--drain=0',
    ...flags,
  ];
  const child = spawn(program, args, {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { PATH: process.env.PATH, ...env },
  });
  let log = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    log += text;
  });
  const socket = join(stateDir, 'master.sock');
  newest.set(socket, child);
  const ended = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>;
  t.after(async () => {
    child.kill('SIGKILL');
    if (child.exitCode === null && child.signalCode === null) await ended;
    if (newest.get(socket) === child) await killHaproxy(socket);
  });
  const port = () =>
    until('the reloader listens', () => {
      if (child.exitCode !== null) throw new Error(`the reloader has ended: ${log}`);
      return /"listen":\{[^}]*"port":(\d+)/.exec(log)?.[1];
    });
  const get = async (path: string) => getFrom(Number(await port()), path);
  const status = async () => JSON.parse((await get('/status')).text) as ShownStatus;
  const when = async (what: string, condition: (status: ShownStatus) => boolean) => {
    let last: ShownStatus | undefined;
    try {
      return await until(what, async () => {
        last = await status();
        return condition(last) ? last : undefined;
      });
    } catch (error) {
      throw new Error(`not ${what}: ${JSON.stringify(last)}\n${log}`, { cause: error });
    }
  };
  return {
    process: child,
    stateDir,
    socket,
    log: () => log,
    ended,
    get,
    status,
    isLive: (etag) => when(`live is ${etag}`, (s) => s.ready && s.live === etag),
    isRefused: (etag) => when(`refused is ${etag}`, (s) => s.refused.some((r) => r.etag === etag)),
    async end(signal = 'SIGTERM') {
      child.kill(signal);
      const [code, name] = await ended;
      return code ?? name ?? 'none';
    },
  };
}
