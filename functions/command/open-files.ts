import { readFileSync } from 'node:fs';

/**
 * How many files and connections the system lets this process have open at once (RLIMIT_NOFILE, which Node.js has
 * raised as far as it may); undefined where the system does not tell.
 */
export function readOpenFiles(path = '/proc/self/limits'): number | undefined {
  try {
    const [, soft] = /^Max open files +(\d+)/m.exec(readFileSync(path, 'utf8')) ?? [];
    return soft === undefined ? undefined : Number(soft);
  } catch {
    return undefined;
  }
}
