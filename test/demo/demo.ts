import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createProcesses, type Processes } from '../kit/processes.ts';
import { playLoop } from './loop.ts';
import { print } from './print.ts';
import { playRollout } from './rollout.ts';

/**
 * Something to look at, with real processes: `demo.js` shows the whole loop, `demo.js rollout` a good revision and a bad
 * one.
 *
 * Ends with 0 if all came as it should.
 */
type Play = (processes: Processes, folder: string) => Promise<boolean>;
const PLAYS: Readonly<Record<string, Play>> = { loop: playLoop, rollout: playRollout };

const [, , name = 'loop'] = process.argv;
const play = Object.hasOwn(PLAYS, name) ? PLAYS[name] : undefined;
if (!play) {
  process.stderr.write(`there is no demo ${name}; there are ${Object.keys(PLAYS).join(', ')}\n`);
  process.exit(2);
}
const folder = await mkdtemp(join(tmpdir(), 'kubernetes-haproxy-demo-'));
const processes = createProcesses();
try {
  process.exitCode = (await play(processes, folder)) ? 0 : 1;
} catch (error) {
  const { message, cause } = error as Error;
  print(`\nThe demo failed: ${message}${cause instanceof Error ? `: ${cause.message}` : ''}`);
  print(processes.lastWords());
  process.exitCode = 1;
} finally {
  await processes.endAll();
  await rm(folder, { recursive: true, force: true });
}
