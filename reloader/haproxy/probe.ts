import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type Capabilities, readCapabilities } from './capabilities.ts';
import { createCli } from './cli.ts';

const START_MS = 5_000;
const POLL_MS = 10;

/** Nothing but the socket that is asked, and a listener, without which HAProxy would end. */
const configOf = (socket: string, listener: string) =>
  `global\n  stats socket ${socket} mode 600 level admin\nfrontend f\n  bind unix@${listener}\n  timeout client 1s\n`;

/**
 * Starts the binary on a configuration of its own, asks what it can do, and ends it.
 *
 * @returns undefined where there is no binary, or it does not answer in time
 */
export async function probe(haproxy: string): Promise<Capabilities | undefined> {
  const home = await mkdtemp(join(tmpdir(), 'haproxy-probe-'));
  const socket = join(home, 'socket');
  const config = join(home, 'haproxy.cfg');
  await writeFile(config, configOf(socket, join(home, 'listener')));
  const child = spawn(haproxy, ['-db', '-f', config], { stdio: 'ignore' });
  let isOver = false;
  const ended = new Promise<void>((resolve) => {
    const end = () => {
      isOver = true;
      resolve();
    };
    child.once('close', end).once('error', end);
  });
  const cli = createCli({ path: socket });
  const asked = async () => {
    const end = performance.now() + START_MS;
    while (!isOver && performance.now() < end) {
      const capabilities = await readCapabilities(cli.ask).catch(() => undefined);
      if (capabilities !== undefined) return capabilities;
      await delay(POLL_MS);
    }
    return undefined;
  };
  try {
    return await asked();
  } finally {
    child.kill('SIGKILL');
    await ended;
    await rm(home, { recursive: true, force: true });
  }
}
