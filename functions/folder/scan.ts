import type { BigIntStats } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** A file of manifests as the file system shows it: equal stamps, equal bytes. */
export interface Found {
  readonly path: string;
  readonly stamp: string;
  /** When it was last written, in milliseconds since the epoch. */
  readonly writtenAt: number;
}

const MANIFEST = /^[^.].*\.(ya?ml|json)$/i;

function toFound(path: string, { ino, size, mtimeNs, mtimeMs }: BigIntStats): Found {
  return { path, stamp: `${ino}:${size}:${mtimeNs}`, writtenAt: Number(mtimeMs) };
}

async function findFile(path: string): Promise<Found | undefined> {
  try {
    return toFound(path, await stat(path, { bigint: true }));
  } catch (error) {
    // Gone between the listing and the look at it.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/**
 * The manifests (`*.yaml`, `*.yml`, `*.json`) in a folder and its folders, sorted by path, without hidden ones; or
 * the file itself, whatever its name.
 *
 * @throws the file system's error where the path itself cannot be read
 */
export async function scan(path: string): Promise<readonly Found[]> {
  const own = await stat(path, { bigint: true });
  if (!own.isDirectory()) return [toFound(path, own)];
  const found: Found[] = [];
  for (const entry of (await readdir(path, { withFileTypes: true })).sort((a, b) =>
    a.name < b.name ? -1 : 1,
  )) {
    const inner = join(path, entry.name);
    if (entry.isDirectory() && !entry.name.startsWith('.')) found.push(...(await scan(inner)));
    else if (!entry.isDirectory() && MANIFEST.test(entry.name)) {
      const file = await findFile(inner);
      if (file) found.push(file);
    }
  }
  return found;
}
