import { readFile } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import type { Diagnostic } from '../core/diagnostics.ts';
import { feedsOf } from '../core/inputs/from-manifests.ts';
import { readManifests, readWholeManifests } from '../core/manifests.ts';
import type { CollectionStatus, Delivery, Source } from '../core/source.ts';
import { createFileWatcher, type Watched } from './file-watcher.ts';
import { createManifestIndex } from './manifest-index.ts';
import { type Found, scan } from './scan.ts';

export interface FolderOptions {
  /** A folder of manifests, or one file. */
  readonly path: string;
  /** Of the configuration: `lb` unless given. */
  readonly namespace?: string;
  /** A file that was written within so many milliseconds may be half written, and is left until later. */
  readonly settleMs?: number;
  /** How often to look without being told, in milliseconds: not every file system tells of changes. */
  readonly rescanMs?: number;
}

function unreadable(path: string, error: unknown): Diagnostic {
  return {
    severity: 'error',
    code: 'source-unreadable',
    message: `${path} cannot be read: ${(error as Error).message}`,
    hint: 'Until it can be read again, what was last read of it is used.',
    where: { object: path },
  };
}

/** Longer texts settle first: they are not parsed once more for a few milliseconds. */
const MAX_EARLY = 1_000_000;

/** Of two waits the shorter; 0 is none. */
const sooner = (a: number, b: number): number => (a && b ? Math.min(a, b) : a || b);

const NOTHING: Watched = { folders: new Set() };

function watchedFor(path: string, found: readonly Found[]): Watched {
  // A file is often replaced by another of its name, which only its folder tells of.
  if (found.length === 1 && found[0]?.path === path)
    return { folders: new Set([dirname(path)]), only: basename(path) };
  return { folders: new Set([path, ...found.map((file) => dirname(file.path))]) };
}

/** Manifests on disk as a source: read whole at the start, and again wherever they change. */
export function createFolderSource(options: FolderOptions): Source {
  const { path, namespace = 'lb', settleMs = 30, rescanMs = 1000 } = options;
  const index = createManifestIndex(namespace);
  const stamps = new Map<string, string>();
  const vanished = new Map<string, number>();
  /** The texts that were taken before they settled, until they have. */
  const early = new Map<string, string>();
  const watcher = createFileWatcher();
  let isSynced = false;
  let currentAt: number | undefined;
  let failure: Diagnostic | undefined;
  let knownFeeds = '';

  /** What is whole beyond doubt need not settle. It is read again when it has: two writes within a tick look alike. */
  async function takeEarly(file: string): Promise<void> {
    // Elsewhere documents may follow one another, the first of which is JSON.
    if (!file.endsWith('.json')) return;
    const text = await readFile(file, 'utf8').catch(() => '');
    if (text === early.get(file) || text.length > MAX_EARLY) return;
    const manifests = readWholeManifests(text, file);
    if (!manifests) return;
    index.put(file, manifests);
    early.set(file, text);
  }

  /** Takes what a file holds now that it has settled, which mostly was taken early. */
  function takeSettled({ path: file, stamp }: Found, text: string): void {
    stamps.set(file, stamp);
    if (early.get(file) !== text) index.put(file, readManifests(text, file));
    early.delete(file);
  }

  /** Reads a file unless it may still be being written; tells in how many milliseconds to look again (0: no need). */
  async function take(found: Found): Promise<number> {
    if (stamps.get(found.path) === found.stamp) return 0;
    const age = Math.abs(Date.now() - found.writtenAt);
    if (age < settleMs) {
      await takeEarly(found.path);
      return settleMs - age;
    }
    const text = await readFile(found.path, 'utf8');
    const again = (await scan(found.path))[0];
    if (again?.stamp !== found.stamp) return settleMs;
    takeSettled(found, text);
    return 0;
  }

  /** A file that an editor swaps is away for a moment; one that stays away is gone. Tells when to look again. */
  function drop(present: ReadonlySet<string>): number {
    let again = 0;
    for (const known of new Set([...stamps.keys(), ...early.keys()])) {
      if (present.has(known)) {
        vanished.delete(known);
        continue;
      }
      const since = vanished.get(known) ?? Date.now();
      vanished.set(known, since);
      const left = settleMs - (Date.now() - since);
      if (left > 0) {
        again = sooner(again, left);
        continue;
      }
      stamps.delete(known);
      early.delete(known);
      vanished.delete(known);
      index.put(known, undefined);
    }
    return again;
  }

  /** One look at everything; tells in how many milliseconds something is to be looked at again (0: no need). */
  async function look(): Promise<number> {
    try {
      // Listening comes before the look that counts: what changes in between rings.
      const before = await scan(path);
      const found = watcher.listen(watchedFor(path, before)) ? await scan(path) : before;
      let again = drop(new Set(found.map((file) => file.path)));
      for (const file of found) again = sooner(again, await take(file));
      failure = undefined;
      currentAt = Date.now();
      return again;
    } catch (error) {
      failure = unreadable(path, error);
      watcher.listen(NOTHING);
      return 0;
    }
  }

  async function run(deliver: (delivery: Delivery) => void, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const again = await look();
      const { changes, feeds } = index.drain();
      const wasSynced = isSynced;
      const hadFeeds = knownFeeds;
      knownFeeds = Object.keys(feeds).sort().join(' ');
      isSynced ||= currentAt !== undefined && again === 0 && index.isWhole();
      if (changes.length > 0 || wasSynced !== isSynced || hadFeeds !== knownFeeds)
        deliver({ changes, asOf: {}, isSynced, unread: [], feeds });
      await watcher.wait(again || rescanMs, signal);
    }
    watcher.listen(NOTHING);
  }

  return {
    describes: `the manifests in ${path}`,
    run,
    retain(intents) {
      if (index.retain(intents.flatMap(({ config }) => feedsOf(config)))) watcher.ring();
    },
    status(): readonly CollectionStatus[] {
      return [
        {
          collection: path,
          isSynced,
          ...(currentAt === undefined ? {} : { currentAt }),
          ...(failure ? { stale: failure } : {}),
          objects: index.size(),
        },
      ];
    },
    diagnostics: () => [...index.diagnostics(), ...(failure ? [failure] : [])],
  };
}
