import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { open, rename, rm, symlink } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Makes the names in a folder survive a power cut: without it a rename may be lost though the file is safe. */
export async function syncFolder(path: string): Promise<void> {
  const handle = await open(path, 'r');
  await handle.sync().finally(() => handle.close());
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

/** Writes a new file and its bytes to the disk; fails where it exists. The folder is the caller's to sync. */
async function writeSynced(path: string, content: string, mode: number): Promise<void> {
  writeNew(path, content, mode);
  await syncFile(path);
}

/** Puts `make`'s result in the place of `path` by one rename, so that a reader sees the old or the new, never none. */
async function swapIn(path: string, make: (beside: string) => Promise<void>): Promise<void> {
  const beside = `${path}.tmp`;
  await rm(beside, { force: true });
  try {
    await make(beside);
    await rename(beside, path);
  } catch (error) {
    await rm(beside, { force: true });
    throw error;
  }
}

/** Replaces a file, wholly or not at all. */
export async function replaceFile(path: string, content: string, mode: number): Promise<void> {
  await swapIn(path, (beside) => writeSynced(beside, content, mode));
  await syncFolder(dirname(path));
}

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
export async function replaceLink(path: string, target: string): Promise<void> {
  await swapIn(path, (beside) => symlink(target, beside));
  await syncFolder(dirname(path));
}
