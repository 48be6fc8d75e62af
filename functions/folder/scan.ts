import type { BigIntStats, Dirent } from 'node:fs';
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

/** A folder that has it holds tests of templates, and manifests for them alone. */
const TESTS_FILE = 'tests.yaml';

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

async function entriesIn(path: string): Promise<readonly Dirent[]> {
  const entries = await readdir(path, { withFileTypes: true });
  return entries.sort((a, b) => (a.name < b.name ? -1 : 1));
}

const isFolder = (entry: Dirent): boolean => entry.isDirectory() && !entry.name.startsWith('.');
const isTests = (entry: Dirent): boolean => !entry.isDirectory() && entry.name === TESTS_FILE;

/** What is in the folder itself counts, even where tests are beside it. */
async function scanFolder(path: string, entries: readonly Dirent[]): Promise<readonly Found[]> {
  // All are asked about at once: one after the other, a folder of a hundred files takes milliseconds.
  const found = entries.map(async (entry) => {
    const inner = join(path, entry.name);
    if (isFolder(entry)) {
      const within = await entriesIn(inner);
      return within.some(isTests) ? [] : scanFolder(inner, within);
    }
    const isManifest = !entry.isDirectory() && !isTests(entry) && MANIFEST.test(entry.name);
    const file = isManifest ? await findFile(inner) : undefined;
    return file ? [file] : [];
  });
  return (await Promise.all(found)).flat();
}

/**
 * The manifests (`*.yaml`, `*.yml`, `*.json`) in a folder and its folders, sorted by path, without hidden ones and
 * without folders of tests; or the file itself, whatever its name.
 *
 * @throws the file system's error where the path itself cannot be read
 */
export async function scan(path: string): Promise<readonly Found[]> {
  const own = await stat(path, { bigint: true });
  return own.isDirectory() ? scanFolder(path, await entriesIn(path)) : [toFound(path, own)];
}

/** The files `tests.yaml` in a folder and its folders, sorted by path. @throws as `scan` */
export async function scanTests(path: string): Promise<readonly string[]> {
  const found: string[] = [];
  for (const entry of await entriesIn(path)) {
    if (isTests(entry)) found.push(join(path, entry.name));
    if (isFolder(entry)) found.push(...(await scanTests(join(path, entry.name))));
  }
  return found;
}
