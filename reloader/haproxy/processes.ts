/** What `show proc` on the master socket tells. */
export interface Processes {
  readonly master: number;
  /** How often the master has started its configuration anew. */
  readonly reloads: number;
  /** How many of the last of these failed in a row. */
  readonly failed: number;
  /** For instance 2.6.12-1+deb12u4. */
  readonly version: string;
  readonly workers: readonly number[];
  /** Workers of earlier configurations that still finish their connections. */
  readonly oldWorkers: readonly number[];
}

/** `1 [failed: 0]` and `0d00h10m36s` have spaces only in the former. */
const ROW = /^(\d+)\s+(master|worker)\s+(\d+)(?:\s+\[failed:\s*(\d+)\])?\s+\S+\s+(\S+)/;

const UPTIME = /^# workers\n\d+\s+worker\s+\d+\s+(\d+)d(\d+)h(\d+)m(\d+)s/m;

/** For how long the first of the workers has run, in seconds, as `show proc` says; undefined where it does not. */
export function workerUptime(text: string): number | undefined {
  const [, ...parts] = UPTIME.exec(text) ?? [];
  if (parts.length === 0) return undefined;
  const [days = 0, hours = 0, minutes = 0, seconds = 0] = parts.map(Number);
  return ((days * 24 + hours) * 60 + minutes) * 60 + seconds;
}

/** Of answers, that to `show proc`: it begins with its head, and ends with an empty line. */
function tableIn(text: string): string {
  const from = text.indexOf('#<PID>');
  const end = text.indexOf('\n\n', from);
  return text.slice(Math.max(from, 0), end < 0 ? text.length : end);
}

/** Reads `show proc`, other answers before and after it; undefined where there is no master in it. */
export function parseProcesses(text: string): Processes | undefined {
  let master: Omit<Processes, 'workers' | 'oldWorkers'> | undefined;
  const workers: number[] = [];
  const oldWorkers: number[] = [];
  let into = workers;
  for (const line of tableIn(text).split('\n')) {
    if (line.startsWith('# old workers')) into = oldWorkers;
    else if (line.startsWith('# ')) into = workers;
    const [, pid, type, reloads, failed, version] = ROW.exec(line) ?? [];
    if (type === 'master')
      master = {
        master: Number(pid),
        reloads: Number(reloads),
        failed: Number(failed ?? 0),
        version: version ?? '',
      };
    else if (type === 'worker') into.push(Number(pid));
  }
  return master === undefined ? undefined : { ...master, workers, oldWorkers };
}
