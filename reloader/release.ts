import { chmod, link, mkdir, readdir, readFile, readlink, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import {
  type Bundle,
  type BundleFile,
  CONFIG_PATH,
  hashFiles,
  isBundlePath,
  sha256,
} from '../functions/wire/bundle.ts';
import { replaceLink, syncFile, syncFolder, writeNew } from './durable.ts';

/**
 * The releases of a state folder: `releases/HASH/` (each a bundle's files), `current` (a link to one of them), and
 * `staging/` (a release as `haproxy -c` must see it).
 */
export interface Releases {
  /** `STATE_DIR/current`: what the configuration's own paths go through. */
  readonly current: string;
  /** The configuration that HAProxy is started with. */
  readonly config: string;
  /** Writes a bundle beside the others, whole. What is there already and intact stays. */
  stage(bundle: Bundle): Promise<void>;
  /** The release's files as the bundle had them, or undefined where one is missing or changed. */
  read(etag: string): Promise<Release | undefined>;
  /** Lays the release out under `staging/`, its paths leading there. Gives the configuration's path. */
  layOut(release: Release): Promise<string>;
  /** Makes `current` this release, once it is on the disk for good. */
  point(etag: string): Promise<void>;
  /** The release that `current` leads to. */
  pointed(): Promise<string | undefined>;
  /** Removes `current`: no release is good. */
  unpoint(): Promise<void>;
  /** Removes what a crash left, and every release but these. */
  prune(keep: readonly string[]): Promise<void>;
}

/** A bundle on disk. */
export interface Release {
  readonly etag: string;
  readonly files: readonly BundleFile[];
}

interface Entry {
  readonly path: string;
  readonly mode: number;
  readonly sha256: string;
}

/** Names start with no dot in a bundle, so that this one is free. */
const MANIFEST = '.manifest.json';
const OWNER_ONLY = 0o600;
const ETAG = /^sha256:([0-9a-f]{64})$/;

const nameOf = (etag: string): string => ETAG.exec(etag)?.[1] ?? 'none';

/**
 * The lines that let HAProxy tell which configuration it runs (`get var proc.cfg_hash`), to stand after everything
 * else. A section's keyword ends whatever section the template ends with, and the newline before it whatever line;
 * HAProxy continues no line over a line break. What could still take the lines away is an open `.if`, which
 * `haproxy -c` refuses as unterminated, and text after a NUL, which it refuses too; and the proof after the reload
 * would find the hash missing.
 */
export function proofLines(etag: string, workerSocket?: string): string {
  const lines = `\nglobal\n  set-var proc.cfg_hash str(${etag})\n`;
  return workerSocket === undefined
    ? lines
    : `${lines}  stats socket ${workerSocket} mode 600 level admin\n`;
}

/** The configuration as it stands in a release. */
export function provable(content: string, lines: string): string {
  return `${content}${content === '' || content.endsWith('\n') ? '' : '\n'}${lines}`;
}

const PROOF =
  /\nglobal\n {2}set-var proc\.cfg_hash str\(sha256:[0-9a-f]{64}\)\n(?: {2}stats socket \S+ mode 600 level admin\n)?$/;

/** A configuration as the bundle had it, from one as it stands in a release or elsewhere. */
export function bare(text: string): string {
  return text.replace(PROOF, '');
}

const onDisk = (file: Pick<BundleFile, 'path' | 'content'>, lines: string): string =>
  file.path === CONFIG_PATH ? provable(file.content, lines) : file.content;

/** What a file on disk was in its bundle: the configuration without the lines of proof, and the line break that they may have brought. */
function inBundle(text: string, entry: Entry, forms: readonly string[]): string | undefined {
  if (entry.path !== CONFIG_PATH) return sha256(text) === entry.sha256 ? text : undefined;
  const lines = forms.find((form) => text.endsWith(form));
  if (lines === undefined) return undefined;
  const content = text.slice(0, -lines.length);
  return [content, content.slice(0, -1)].find(
    (form) => sha256(form) === entry.sha256 && provable(form, lines) === text,
  );
}

function parseManifest(text: string): readonly Entry[] {
  const value: unknown = JSON.parse(text);
  if (!Array.isArray(value)) throw new Error('the manifest of a release is not a list');
  return value.map((entry: Record<string, unknown> | null) => {
    const { path, mode, sha256: hash } = entry ?? {};
    if (typeof path !== 'string' || !isBundlePath(path) || typeof hash !== 'string')
      throw new Error('the manifest of a release names no file');
    return { path, mode: Number(mode), sha256: hash };
  });
}

async function readRelease(
  folder: string,
  etag: string,
  forms: readonly string[],
): Promise<Release | undefined> {
  try {
    const files: BundleFile[] = [];
    for (const entry of parseManifest(await readFile(join(folder, MANIFEST), 'utf8'))) {
      const content = inBundle(await readFile(join(folder, entry.path), 'utf8'), entry, forms);
      if (content === undefined) return undefined;
      files.push({ ...entry, content });
    }
    return hashFiles(files) === etag ? { etag, files } : undefined;
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

async function writeFolders(root: string, files: readonly Entry[]): Promise<void> {
  for (const path of foldersOf(root, files)) await mkdir(path, { mode: 0o700 });
}

/** A release on disk that was just verified, and where it is. */
interface Verified extends Release {
  readonly folder: string;
}

interface Written {
  readonly bundle: Release;
  readonly lines: string;
  /** Its files are linked where they are the same: a thousand certificates are not written and synced at each change. */
  readonly other: Verified | undefined;
}

async function writeRelease(folder: string, { bundle, lines, other }: Written): Promise<void> {
  await writeFolders(folder, bundle.files);
  const there = new Map(other?.files.map((file) => [file.path, file]));
  for (const file of bundle.files) {
    const target = join(folder, file.path);
    const { sha256: hash, mode } = there.get(file.path) ?? {};
    const isThere = hash === file.sha256 && mode === file.mode && file.path !== CONFIG_PATH;
    if (other && isThere) await link(join(other.folder, file.path), target);
    else await writeNew(target, onDisk(file, lines), file.mode & OWNER_ONLY);
  }
  const manifest = bundle.files.map(({ path, mode, sha256: hash }) => ({
    path,
    mode,
    sha256: hash,
  }));
  await writeNew(join(folder, MANIFEST), JSON.stringify(manifest), OWNER_ONLY);
}

/** Makes a release survive a power cut. */
async function syncRelease(folder: string): Promise<void> {
  const manifest = join(folder, MANIFEST);
  const entries = parseManifest(await readFile(manifest, 'utf8'));
  for (const { path } of entries) await syncFile(join(folder, path));
  await syncFile(manifest);
  for (const path of [...foldersOf(folder, entries).reverse(), dirname(folder)])
    await syncFolder(path);
}

const removeTree = (path: string) => rm(path, { recursive: true, force: true });

/**
 * @param stateDir an absolute path of plain characters: it stands unquoted in configurations
 * @param workerSocket where HAProxy's worker shall listen for commands; none where HAProxy may not write there
 */
export async function openReleases(stateDir: string, workerSocket?: string): Promise<Releases> {
  const root = join(stateDir, 'releases');
  const current = join(stateDir, 'current');
  const staging = join(stateDir, 'staging');
  await mkdir(stateDir, { recursive: true, mode: 0o700 });
  await mkdir(root, { recursive: true, mode: 0o700 });
  await chmod(root, 0o700);
  const folderOf = (etag: string) => join(root, nameOf(etag));
  const synced = new Set<string>();
  const linesOf = (etag: string) => proofLines(etag, workerSocket);
  // An init container may have written it, without a worker's socket.
  const read = (etag: string) =>
    readRelease(folderOf(etag), etag, [linesOf(etag), proofLines(etag)]);
  // `current` as a whole word of a path: not `current-2`, but `current` at the end and `current/ssl`.
  const throughCurrent = new RegExp(`${current.replaceAll('.', '\\.')}(?![A-Za-z0-9_.-])`, 'g');

  const pointed = async () => {
    const target = await readlink(current).catch(() => '');
    const name = target.split('/').at(-1) ?? '';
    return ETAG.test(`sha256:${name}`) ? `sha256:${name}` : undefined;
  };
  const pointedRelease = async (): Promise<Verified | undefined> => {
    const etag = await pointed();
    const release = etag === undefined ? undefined : await read(etag);
    return release && { ...release, folder: folderOf(release.etag) };
  };

  return {
    current,
    config: join(current, CONFIG_PATH),
    read,
    async stage(bundle) {
      if ((await read(bundle.etag)) !== undefined) return;
      const folder = folderOf(bundle.etag);
      const beside = join(root, `.${nameOf(bundle.etag)}`);
      synced.delete(bundle.etag);
      try {
        await removeTree(beside);
        const other = await pointedRelease();
        await writeRelease(beside, { bundle, lines: linesOf(bundle.etag), other });
        await removeTree(folder);
        await rename(beside, folder);
      } catch (error) {
        await removeTree(beside);
        throw error;
      }
    },
    async layOut(release) {
      await removeTree(staging);
      await writeFolders(staging, release.files);
      for (const file of release.files) {
        // Without the worker's socket, which haproxy -c would take for a listener where the configuration has none.
        const text = onDisk(file, proofLines(release.etag));
        const path = join(staging, file.path);
        // `current` and `staging` are of one length, so that no limit of a line and no column moves.
        const rewritten = text.replaceAll(throughCurrent, staging);
        if (rewritten === onDisk(file, linesOf(release.etag)))
          await link(join(folderOf(release.etag), file.path), path);
        else await writeNew(path, rewritten, OWNER_ONLY);
      }
      return join(staging, CONFIG_PATH);
    },
    async point(etag) {
      if (!synced.has(etag)) await syncRelease(folderOf(etag));
      synced.add(etag);
      await replaceLink(current, join('releases', nameOf(etag)));
    },
    pointed,
    async unpoint() {
      await rm(current, { force: true });
      await syncFolder(dirname(current));
    },
    async prune(keep) {
      const names = new Set(keep.map(nameOf));
      for (const etag of synced) if (!keep.includes(etag)) synced.delete(etag);
      await removeTree(staging);
      for (const name of await readdir(root))
        if (!names.has(name)) await removeTree(join(root, name));
    },
  };
}
