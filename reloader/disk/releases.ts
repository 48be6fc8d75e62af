import {
  existsSync,
  linkSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { chmod, mkdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Bundle, CONFIG_PATH } from '../../functions/wire/bundle.ts';
import { LIGHT_CHECK, LIGHT_CHECK_PATH } from '../../functions/wire/light-check.ts';
import { carriedPaths } from './carried.ts';
import { replaceLink, syncFolder, writeNew } from './durable.ts';
import type { Places } from './proof.ts';
import {
  findShared,
  MANIFEST,
  onDisk,
  OWNER_ONLY,
  parseManifest,
  type Release,
  type ReleaseFile,
  readRelease,
  type Shared,
  syncRelease,
  writeFolders,
  writeRelease,
} from './release.ts';

/**
 * The releases of a state folder: `releases/HASH/` (each a bundle's files), `current` (a link to one of them), and
 * `staging/` (a release as `haproxy -c` must see it).
 */
export interface Releases {
  /** `STATE_DIR/current`: what the configuration's own paths go through. */
  readonly current: string;
  /** The configuration that HAProxy is started with. */
  readonly config: string;
  /** From where a new worker takes over its servers' state, where a configuration leaves that to the reloader. */
  readonly stateFile: string;
  /**
   * A bundle with the certificates that its configuration names and it does not bring, from a release that is there:
   * see `carriedPaths`.
   */
  carry(bundle: Bundle, from: string | undefined): Promise<Brought>;
  /** Writes a bundle beside the others, whole. What is there already and intact stays. */
  stage(bundle: Release): Promise<void>;
  /** The release's files as the bundle had them, or undefined where one is missing or changed. */
  read(etag: string): Promise<Release | undefined>;
  /** As `read`, without a look at the disk where it was the last to be staged. */
  recall(etag: string): Promise<Release | undefined>;
  /**
   * Lays the release out under `staging/`, its paths leading there, with the second file of a light check. Gives the
   * configuration's path.
   */
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

/** A bundle, with what an earlier release has of it. */
export type Brought = Omit<Bundle, 'files'> & Release;

const ETAG = /^sha256:([0-9a-f]{64})$/;

const byPath = (a: ReleaseFile, b: ReleaseFile) => (a.path < b.path ? -1 : 1);
const nameOf = (etag: string): string => ETAG.exec(etag)?.[1] ?? 'none';

/** Empty where it is no link. Asked every second: to hand it to another thread takes longer than it does. */
function targetOf(link: string): string {
  try {
    return readlinkSync(link);
  } catch {
    return '';
  }
}

const removeTree = (path: string) => rmSync(path, { recursive: true, force: true });

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
  /** Of a release that is staged: files that it has in common with the one that was current, which are on the disk. */
  const safe = new Map<string, ReadonlySet<string>>();
  let latest: Release | undefined;
  const stateFile = join(stateDir, 'servers.state');
  const checked: Places = { stateFile };
  const places: Places = workerSocket === undefined ? checked : { ...checked, workerSocket };
  const read = async (etag: string) => readRelease({ folder: folderOf(etag), etag, places });
  // `current` as a whole word of a path: not `current-2`, but `current` at the end and `current/ssl`.
  const throughCurrent = new RegExp(`${current.replaceAll('.', '\\.')}(?![A-Za-z0-9_.-])`, 'g');

  const pointed = async () => {
    const name = targetOf(current).split('/').at(-1) ?? '';
    return ETAG.test(`sha256:${name}`) ? `sha256:${name}` : undefined;
  };
  const manifestOf = (etag: string) => {
    const path = join(folderOf(etag), MANIFEST);
    return parseManifest(existsSync(path) ? readFileSync(path, 'utf8') : '[]');
  };
  const sharedWith = async ({ files }: Release): Promise<Shared | undefined> => {
    const etag = await pointed();
    return etag === undefined ? undefined : findShared(folderOf(etag), files);
  };

  return {
    current,
    config: join(current, CONFIG_PATH),
    stateFile,
    read,
    async carry(bundle, from) {
      if (from === undefined) return bundle;
      const before = manifestOf(from).map(({ path }) => path);
      const paths = carriedPaths({ files: bundle.files, before, current });
      const old = paths.length === 0 ? undefined : await read(from);
      const carried = old?.files.filter(({ path }) => paths.includes(path)) ?? [];
      const files = carried.map((file) => ({ ...file, isCarried: true as const }));
      return { ...bundle, files: [...bundle.files, ...files].sort(byPath) };
    },
    recall: async (etag) => (latest?.etag === etag ? latest : read(etag)),
    async stage(bundle) {
      latest = bundle;
      if ((await read(bundle.etag)) !== undefined) return;
      const folder = folderOf(bundle.etag);
      const beside = join(root, `.${nameOf(bundle.etag)}`);
      synced.delete(bundle.etag);
      try {
        removeTree(beside);
        const shared = await sharedWith(bundle);
        safe.set(bundle.etag, shared?.paths ?? new Set());
        writeRelease(beside, { bundle, places, shared });
        removeTree(folder);
        renameSync(beside, folder);
      } catch (error) {
        removeTree(beside);
        throw error;
      }
    },
    async layOut(release) {
      removeTree(staging);
      writeFolders(staging, release.files);
      for (const file of release.files) {
        // Without the worker's socket, which haproxy -c would take for a listener where the configuration has none.
        const content = onDisk(file, release.etag, checked);
        const path = join(staging, file.path);
        // `current` and `staging` are of one length, so that no limit of a line and no column moves.
        const rewritten =
          typeof content === 'string' ? content.replaceAll(throughCurrent, staging) : undefined;
        if (rewritten === undefined || rewritten === onDisk(file, release.etag, places))
          linkSync(join(folderOf(release.etag), file.path), path);
        else writeNew(path, rewritten, OWNER_ONLY);
      }
      writeNew(join(staging, LIGHT_CHECK_PATH), LIGHT_CHECK, OWNER_ONLY);
      return join(staging, CONFIG_PATH);
    },
    async point(etag) {
      if (!synced.has(etag)) await syncRelease(folderOf(etag), safe.get(etag) ?? new Set());
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
      for (const known of [synced, safe])
        for (const etag of known.keys()) if (!keep.includes(etag)) known.delete(etag);
      removeTree(staging);
      for (const name of readdirSync(root)) if (!names.has(name)) removeTree(join(root, name));
    },
  };
}
