import { type FileHandle, open, rename, rm, symlink } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Makes the names in a folder survive a power cut: without it a rename may be lost though the file is safe. */
export async function syncFolder(path: string): Promise<void> {
  const handle = await open(path, 'r');
  await handle.sync().finally(() => handle.close());
}

/** Writes a new file and its bytes to the disk; fails where it exists. The folder is the caller's to sync. */
export async function writeSynced(path: string, content: string, mode: number): Promise<void> {
  const handle: FileHandle = await open(path, 'wx', mode);
  try {
    await handle.writeFile(content, 'utf8');
    await handle.sync();
  } finally {
    await handle.close();
  }
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
  await syncFolder(dirname(path));
}

/** Replaces a file, wholly or not at all. */
export function replaceFile(path: string, content: string, mode: number): Promise<void> {
  return swapIn(path, (beside) => writeSynced(beside, content, mode));
}

/** Replaces a symbolic link, wholly or not at all. */
export function replaceLink(path: string, target: string): Promise<void> {
  return swapIn(path, (beside) => symlink(target, beside));
}
