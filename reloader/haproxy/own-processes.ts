import { readFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';

/** Whether a process runs. One that has ended but was not yet waited for counts as running. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

interface Found {
  readonly pid: number;
  readonly parent: number;
}

/** What /proc says is in memory: to read it by way of other threads costs several times as much. */
function look(pid: number, socket: string): Found[] {
  try {
    const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
    if (words[words.indexOf('-S') + 1] !== socket) return [];
    // `PID (name) state parent ...`: the name may hold spaces and brackets.
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return state === 'Z' ? [] : [{ pid, parent: Number(parent) }];
  } catch {
    // The process has ended meanwhile, or there is no /proc.
    return [];
  }
}

/** Every HAProxy process, master or worker, that was started with this master socket. */
export async function findProcesses(socket: string): Promise<number[]> {
  return (await find(socket)).map(({ pid }) => pid);
}

async function find(socket: string): Promise<Found[]> {
  const names = await readdir('/proc').catch(() => []);
  const pids = names.map(Number).filter((pid) => pid > 0 && pid !== process.pid);
  return pids.flatMap((pid) => look(pid, socket));
}

/**
 * The master that was started with this socket, found by its command line: a record on disk would have a moment,
 * between start and write, in which a killed reloader leaves a HAProxy that nobody knows.
 */
export async function findMaster(socket: string): Promise<number | undefined> {
  const found = await find(socket);
  const pids = new Set(found.map(({ pid }) => pid));
  const masters = found.filter(({ parent }) => !pids.has(parent));
  // An orphaned worker looks the same, but has siblings or no children; the master has some.
  return masters.find(({ pid }) => found.some(({ parent }) => parent === pid))?.pid;
}
