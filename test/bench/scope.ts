import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createProcesses, type Processes } from '../kit/processes.ts';

/** What a measurement has for itself, and what ends with it. */
export interface Scope {
  readonly processes: Processes;
  readonly home: string;
  after(end: () => Promise<void>): void;
}

/** Measures with processes and a folder of its own. A failure shows their last words. */
export async function alone<T>(work: (scope: Scope) => Promise<T>): Promise<T> {
  const home = await mkdtemp(join(tmpdir(), 'kh-bench-'));
  const processes = createProcesses();
  const ends: (() => Promise<void>)[] = [];
  try {
    return await work({ processes, home, after: (end) => void ends.push(end) });
  } catch (cause) {
    throw new Error(`a benchmark failed:\n${processes.lastWords()}`, { cause });
  } finally {
    await processes.endAll();
    for (const end of ends) await end();
    await rm(home, { recursive: true, force: true });
  }
}
