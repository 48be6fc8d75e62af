import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { until } from '../kit/until.ts';

export interface DaemonOptions {
  readonly program: 'etcd' | 'kube-apiserver';
  readonly flags: readonly string[];
  /** Throws or gives false as long as it does not serve. */
  readonly isReady: () => Promise<boolean>;
}

/** A process of the control plane that serves. */
export interface Daemon {
  /** Ends it as a power cut does, and waits until it is gone. */
  kill(): Promise<void>;
}

/** Where `test/cluster/build.sh` has put a program. */
export function pathOf(program: string): string {
  const { CLUSTER_BINARIES } = process.env;
  if (!CLUSTER_BINARIES)
    throw new Error('CLUSTER_BINARIES is not set: start these tests by npm run test:cluster');
  return join(CLUSTER_BINARIES, program);
}

/** It ends with this process, however that ends. */
const WITH_US = ['--pdeathsig', 'KILL'];
/** Longer than a start takes on a machine with other work. */
const START_MS = 120_000;
const LAST_WORDS = 4_000;

/** Starts a process, and waits until it serves. */
export async function startDaemon({ program, flags, isReady }: DaemonOptions): Promise<Daemon> {
  const child = spawn('setpriv', [...WITH_US, pathOf(program), ...flags], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let words = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    words = `${words}${text}`.slice(-LAST_WORDS);
  });
  const hasEnded = () => child.exitCode !== null || child.signalCode !== null;
  const kill = async () => {
    if (hasEnded()) return;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  };
  try {
    const serves = () => hasEnded() || isReady();
    await until(`${program} serves`, serves, START_MS);
    if (hasEnded()) throw new Error(`${program} ended`);
  } catch (cause) {
    await kill();
    throw new Error(`${program} does not serve: ${words}`, { cause });
  }
  return { kill };
}
