import { readdirSync, readFileSync } from 'node:fs';

const TICKS_PER_SECOND = 100;

/** The fields of /proc/PID/stat from the third on; the second, a name, may have blanks and brackets (proc(5)). */
function statFields(pid: number): readonly string[] {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}

const ticksToMs = (...ticks: readonly (string | undefined)[]) =>
  (ticks.reduce((sum, count) => sum + Number(count), 0) * 1000) / TICKS_PER_SECOND;

/** Processor time that a process has used, in milliseconds (utime and stime). */
export function processorMs(pid: number): number {
  const fields = statFields(pid);
  return ticksToMs(fields[11], fields[12]);
}

/** Processor time of all its threads that are there still, in milliseconds, to less than a microsecond (schedstat). */
export function exactProcessorMs(pid: number): number {
  const timeOf = (thread: string) =>
    Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0]);
  return readdirSync(`/proc/${pid}/task`).reduce((sum, thread) => sum + timeOf(thread), 0) / 1e6;
}

/** Processor time of its children that have ended and were waited for, in milliseconds (cutime and cstime). */
export function childrenMs(pid: number): number {
  const fields = statFields(pid);
  return ticksToMs(fields[13], fields[14]);
}

/** Resident memory of a process, in MiB. */
export function residentMiB(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024;
}

/** Memory of a process in MiB, of which what it shares with others counts in part (proc(5), smaps_rollup). */
export function proportionalMiB(pid: number): number {
  const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  return Number(/^Pss:\s+(\d+) kB$/m.exec(rollup)?.[1]) / 1024;
}

/** The processes that a process has started and that are there still (proc(5), task/TID/children). */
export function childrenOf(pid: number): readonly number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8');
  return children.split(' ').filter(Boolean).map(Number);
}
