import { linkSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import {
  type BundleFile,
  bytesOf,
  CONFIG_PATH,
  hashFiles,
  isBundlePath,
  isEncoding,
  sha256,
} from '../../functions/wire/bundle.ts';
import { syncFile, syncFolder, writeNew } from './durable.ts';
import { type Places, withoutProof, withProof } from './proof.ts';

/** A bundle on disk. */
export interface Release {
  readonly etag: string;
  readonly files: readonly ReleaseFile[];
}

/** A file of a release. */
export interface ReleaseFile extends BundleFile {
  /** Not of its bundle, so that it is no part of its hash, but of an earlier release. */
  readonly isCarried?: true;
}

type Entry = Omit<ReleaseFile, 'content'>;

/** Names start with no dot in a bundle, so that this one is free. */
export const MANIFEST = '.manifest.json';
export const OWNER_ONLY = 0o600;

export const onDisk = (file: BundleFile, etag: string, places: Places): string | Uint8Array =>
  file.path === CONFIG_PATH ? withProof(file.content, etag, places) : bytesOf(file);

interface Lying {
  readonly folder: string;
  readonly etag: string;
  readonly places: Places;
}

/** What a file on disk was in its bundle, or undefined where it is no longer that. */
function inBundle(entry: Entry, { folder, etag, places }: Lying): string | undefined {
  const bytes = readFileSync(join(folder, entry.path));
  if (entry.encoding) return sha256(bytes) === entry.sha256 ? bytes.toString('base64') : undefined;
  const text = bytes.toString('utf8');
  const forms = entry.path === CONFIG_PATH ? withoutProof(text, etag, places) : [text];
  return forms.find((form) => sha256(form) === entry.sha256);
}

export function parseManifest(text: string): readonly Entry[] {
  const value: unknown = JSON.parse(text);
  if (!Array.isArray(value)) throw new Error('the manifest of a release is not a list');
  return value.map((entry: Record<string, unknown> | null) => {
    const { path, mode, sha256: hash, encoding, isCarried } = entry ?? {};
    if (!isEncoding(encoding)) throw new Error('unknown encoding');
    if (typeof path !== 'string' || !isBundlePath(path) || typeof hash !== 'string')
      throw new Error('the manifest of a release names no file');
    return {
      path,
      mode: Number(mode),
      sha256: hash,
      ...(encoding && { encoding }),
      ...(isCarried === true && { isCarried }),
    };
  });
}

export function readRelease(lying: Lying): Release | undefined {
  const { folder, etag } = lying;
  try {
    const files: ReleaseFile[] = [];
    for (const entry of parseManifest(readFileSync(join(folder, MANIFEST), 'utf8'))) {
      const content = inBundle(entry, lying);
      if (content === undefined) return undefined;
      files.push({ ...entry, content });
    }
    const brought = files.filter(({ isCarried }) => !isCarried);
    return hashFiles(brought) === etag ? { etag, files } : undefined;
  } catch {
    // Missing or unreadable is the same to the caller: this release cannot be used.
    return undefined;
  }
}

/** Every folder that these files need, parents first. */
function foldersOf(root: string, files: readonly Entry[]): string[] {
  const folders = new Set<string>([root]);
  for (const { path } of files)
    for (let at = path.indexOf('/'); at > 0; at = path.indexOf('/', at + 1))
      folders.add(join(root, path.slice(0, at)));
  return [...folders].sort();
}

export function writeFolders(root: string, files: readonly Entry[]): void {
  for (const path of foldersOf(root, files)) mkdirSync(path, { mode: 0o700 });
}

/** Files of a release on disk that are also another one's, and were just found to be whole. */
export interface Shared {
  readonly folder: string;
  readonly paths: ReadonlySet<string>;
}

/** The configuration is no one else's: it tells its own hash. */
export function findShared(folder: string, files: readonly BundleFile[]): Shared {
  const wanted = new Map(files.map((file) => [file.path, file]));
  const paths = new Set<string>();
  try {
    for (const { path, mode, sha256: hash } of parseManifest(
      readFileSync(join(folder, MANIFEST), 'utf8'),
    )) {
      const file = wanted.get(path);
      if (path === CONFIG_PATH || file?.sha256 !== hash || file.mode !== mode) continue;
      if (sha256(readFileSync(join(folder, path))) === hash) paths.add(path);
    }
  } catch {
    // What cannot be read is written anew.
  }
  return { folder, paths };
}

interface Written {
  readonly bundle: Release;
  readonly places: Places;
  /** Linked, where they are the same: a thousand certificates are not written and synced at each change. */
  readonly shared: Shared | undefined;
}

export function writeRelease(folder: string, { bundle, places, shared }: Written): void {
  writeFolders(folder, bundle.files);
  for (const file of bundle.files) {
    const target = join(folder, file.path);
    if (shared?.paths.has(file.path)) linkSync(join(shared.folder, file.path), target);
    else writeNew(target, onDisk(file, bundle.etag, places), file.mode & OWNER_ONLY);
  }
  const manifest = bundle.files.map(({ content: _, ...entry }): Entry => entry);
  writeNew(join(folder, MANIFEST), JSON.stringify(manifest), OWNER_ONLY);
}

/** Makes a release survive a power cut; these of its files do already. */
export async function syncRelease(folder: string, safe: ReadonlySet<string>): Promise<void> {
  const manifest = join(folder, MANIFEST);
  const entries = parseManifest(readFileSync(manifest, 'utf8'));
  for (const { path } of entries) if (!safe.has(path)) await syncFile(join(folder, path));
  await syncFile(manifest);
  for (const path of [...foldersOf(folder, entries).reverse(), dirname(folder)])
    await syncFolder(path);
}
