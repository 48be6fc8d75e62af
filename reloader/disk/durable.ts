import {
  closeSync,
  fsync,
  openSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { promisify } from 'node:util';

const flush = promisify(fsync);

/**
 * Makes the names in a folder survive a power cut: without it a rename may be lost though the file is safe. Only the wait
 * for the disk is another thread's.
 */
export async function syncFolder(path: string): Promise<void> {
  const file = openSync(path, 'r');
  await flush(file).finally(() => closeSync(file));
}

/** Makes a file's bytes survive a power cut. */
export const syncFile = syncFolder;

/**
 * Writes a new file, which survives the end of this process; fails where it exists. What goes into the system's memory,
 * as this does, is done without a wait: to hand it to another thread takes ten times as long.
 */
export function writeNew(path: string, content: string | Uint8Array, mode: number): void {
  writeFileSync(path, content, { flag: 'wx', mode });
}

/** Puts what is made beside `path` in its place by one rename, so that a reader sees the old or the new, never none. */
async function swapIn(path: string, make: (beside: string) => Promise<void>): Promise<void> {
  const beside = `${path}.tmp`;
  rmSync(beside, { force: true });
  try {
    await make(beside);
    renameSync(beside, path);
  } catch (error) {
    rmSync(beside, { force: true });
    throw error;
  }
  await syncFolder(dirname(path));
}

/** Replaces a file, wholly or not at all. */
export const replaceFile = (path: string, content: string, mode: number): Promise<void> =>
  swapIn(path, async (beside) => {
    writeNew(beside, content, mode);
    await syncFile(beside);
  });

/** Replaces a file, wholly or not at all, so that it outlives this process, though perhaps not a power cut. */
export async function noteFile(path: string, content: string, mode: number): Promise<void> {
  const beside = `${path}.tmp`;
  rmSync(beside, { force: true });
  try {
    writeNew(beside, content, mode);
    renameSync(beside, path);
  } catch (error) {
    rmSync(beside, { force: true });
    throw error;
  }
}

/** Replaces a symbolic link, wholly or not at all. */
export const replaceLink = (path: string, target: string): Promise<void> =>
  swapIn(path, async (beside) => symlinkSync(target, beside));
