import { join } from 'node:path';
import { type Lock, lock } from './lock.ts';
import { openRecord, type Record } from './record.ts';
import { openReleases, type Releases } from './releases.ts';
import { createStateFile, type StateFile } from './state-file.ts';

/** Where the reloader of a state folder listens for the commands of its operator. */
export const reloaderSocket = (path: string): string => join(path, 'reloader.sock');

/** STATE_DIR, held by this reloader alone. */
export interface StateFolder {
  readonly releases: Releases;
  readonly record: Record;
  readonly stateFile: StateFile;
  readonly lock: Lock;
  close(): void;
}

/**
 * Opens a state folder, and makes it where it is missing.
 *
 * @param path absolute
 * @param workerSocket where HAProxy's worker shall listen for commands; none where HAProxy may not write there
 * @throws LockError where another reloader holds it
 */
export async function openStateFolder(path: string, workerSocket?: string): Promise<StateFolder> {
  const releases = await openReleases(path, workerSocket);
  const locked = await lock(reloaderSocket(path));
  const stateFile = createStateFile(releases.stateFile);
  await stateFile.clear();
  const record = await openRecord(join(path, 'state.json'));
  return { releases, record, stateFile, lock: locked, close: locked.close };
}
