import { rm } from 'node:fs/promises';
import { NO_ROWS } from '../runtime/carried-state.ts';
import { noteFile } from './durable.ts';

/**
 * The file from which a new worker takes over its servers' state before it serves, where the configuration says
 * `load-server-state-from-file global`. There are rows in it only while a reload is under way: a HAProxy that starts
 * later would find in them what has long changed.
 */
export interface StateFile {
  readonly path: string;
  write(state: string): Promise<void>;
  /** Leaves no rows. Never rejects: without the file HAProxy starts as well. */
  clear(): Promise<void>;
}

export function createStateFile(path: string): StateFile {
  const write = (state: string) => noteFile(path, state, 0o600);
  return {
    path,
    write,
    clear: () => write(NO_ROWS).catch(() => rm(path, { force: true }).catch(() => undefined)),
  };
}
