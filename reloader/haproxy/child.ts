import { type ChildProcess, spawn } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import type { Log } from '../../functions/wire/log.ts';
import { WORKING_DIRECTORY } from './check.ts';
import { findMaster, findProcesses, isAlive } from './own-processes.ts';

/** A HAProxy in master-worker mode that this reloader starts, or finds running from an earlier reloader. */
export interface Child {
  /** Whether a master runs that an earlier reloader started: it is taken over, with all its connections. */
  adopt(): Promise<boolean>;
  /** Starts a master. What is left of an earlier one is ended first: it would share the ports and serve old configuration. */
  start(): Promise<void>;
  alive(): boolean;
  /** Ends a worker at once. */
  endWorker(pid: number): void;
  /** How the last master ended. */
  ending(): string | undefined;
  /** Lets connections finish (SIGUSR1), for at most so long or until `hurry` is aborted; then SIGTERM, then SIGKILL. */
  stop(drainMs: number, hurry: AbortSignal): Promise<void>;
}

export interface ChildOptions {
  readonly haproxy: string;
  /** Named through `current`, so that a reload and a restart read the release of the day. */
  readonly config: string;
  readonly socket: string;
  readonly env: Readonly<{ [variable: string]: string | undefined }>;
  readonly log: Log;
  /** Called when the master ends, however it was started. */
  readonly onDeath: () => void;
}

/** How often the life of an adopted master is looked at: it is no child, so that no signal tells. */
const WATCH_MS = 250;
const TERM_MS = 2_000;

async function waitWhile(
  condition: () => boolean | Promise<boolean>,
  forMs: number,
  hurry?: AbortSignal,
) {
  const end = performance.now() + forMs;
  while ((await condition()) && performance.now() < end && !hurry?.aborted) await delay(20);
  return !(await condition());
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It has ended by itself.
  }
}

export function createChild(options: ChildOptions): Child {
  const { haproxy, config, socket, env, log, onDeath } = options;
  let pid: number | undefined;
  let how: string | undefined;

  const ended = (which: number, ending: string) => {
    if (which !== pid) return;
    pid = undefined;
    how = ending;
    onDeath();
  };

  const watch = (adopted: number) => {
    const timer = setInterval(() => {
      if (pid === adopted && isAlive(adopted)) return;
      clearInterval(timer);
      ended(adopted, 'ended');
    }, WATCH_MS);
    timer.unref();
  };

  /** Workers end by themselves when their master has died; this is for those that do not. */
  const clear = async () => {
    const none = async () => (await findProcesses(socket)).length > 0;
    if (await waitWhile(none, TERM_MS)) return;
    for (const left of await findProcesses(socket)) {
      log.warn('killing a HAProxy process without a master', { pid: left });
      signal(left, 'SIGKILL');
    }
    await waitWhile(none, TERM_MS);
  };

  return {
    async adopt() {
      pid = await findMaster(socket);
      if (pid === undefined) return false;
      watch(pid);
      return true;
    },
    async start() {
      await clear();
      how = undefined;
      // Standard output and error are inherited, not pipes: HAProxy outlives a reloader that is killed.
      // Its own session: a Ctrl-C in a terminal is for the reloader, which then drains HAProxy.
      const child: ChildProcess = spawn(haproxy, ['-W', '-S', socket, '-f', config], {
        cwd: WORKING_DIRECTORY,
        env,
        stdio: ['ignore', 'inherit', 'inherit'],
        detached: true,
      });
      const started = child.pid;
      child.on('error', (error) => {
        how = error.message;
      });
      if (started === undefined) return;
      pid = started;
      child.on('exit', (code, name) => ended(started, name ?? `exit code ${code}`));
      child.unref();
    },
    alive: () => pid !== undefined,
    endWorker: (worker) => signal(worker, 'SIGTERM'),
    ending: () => how,
    async stop(drainMs, hurry) {
      const master = pid;
      if (master === undefined) return;
      const runs = () => isAlive(master);
      signal(master, 'SIGUSR1');
      if (await waitWhile(runs, drainMs, hurry)) return;
      log.warn('connections did not finish in time');
      signal(master, 'SIGTERM');
      if (await waitWhile(runs, TERM_MS)) return;
      signal(master, 'SIGKILL');
      await waitWhile(runs, TERM_MS);
    },
  };
}
