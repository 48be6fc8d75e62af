import { type FSWatcher, statSync, watch } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Diagnostic } from '../core/diagnostics.ts';
import { readManifests } from '../core/manifests.ts';
import type { CollectionStatus, Delivery, Source } from '../source.ts';
import { createPile } from './pile.ts';
import { type Found, scan } from './scan.ts';

export interface FolderOptions {
  /** A folder of manifests, or one file. */
  readonly path: string;
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
    hint: 'What was last read of it holds until it can be read again.',
    where: { object: path },
  };
}

/** Wakes whoever waits when the file system tells of a change; a missed one is found by the next look. */
function createBell(path: string) {
  let watcher: FSWatcher | undefined;
  let ring = (): void => undefined;
  let hasRung = false;
  return {
    listen() {
      if (watcher) return;
      try {
        // A file is often replaced by another of its name, which only its folder tells of.
        const isFolder = statSync(path).isDirectory();
        watcher = watch(isFolder ? path : dirname(path), { recursive: isFolder }, () => {
          hasRung = true;
          ring();
        });
        watcher.on('error', () => this.stop());
      } catch {
        watcher = undefined;
      }
    },
    stop() {
      watcher?.close();
      watcher = undefined;
    },
    async wait(ms: number, signal: AbortSignal): Promise<void> {
      const woken = new AbortController();
      ring = () => woken.abort();
      const either = AbortSignal.any([signal, woken.signal]);
      if (!hasRung) await delay(ms, undefined, { signal: either }).catch(() => undefined);
      hasRung = false;
    },
  };
}

/** Manifests on disk as a source: read whole at the start, and again wherever they change. */
export function createFolderSource(options: FolderOptions): Source {
  const { path, settleMs = 50, rescanMs = 1000 } = options;
  const pile = createPile();
  const stamps = new Map<string, string>();
  const vanished = new Map<string, number>();
  let isSynced = false;
  let currentAt: number | undefined;
  let failure: Diagnostic | undefined;

  /** Reads a file unless it may still be being written; tells whether it has to be looked at again soon. */
  async function take(found: Found): Promise<boolean> {
    if (stamps.get(found.path) === found.stamp) return false;
    if (Math.abs(Date.now() - found.writtenAt) < settleMs) return true;
    const text = await readFile(found.path, 'utf8');
    const again = (await scan(found.path))[0];
    if (again?.stamp !== found.stamp) return true;
    stamps.set(found.path, found.stamp);
    pile.put(found.path, readManifests(text, found.path));
    return false;
  }

  /** A file that an editor swaps is away for a moment; one that stays away is gone. */
  function drop(present: ReadonlySet<string>): boolean {
    let isUnsure = false;
    for (const known of [...stamps.keys()]) {
      if (present.has(known)) {
        vanished.delete(known);
        continue;
      }
      const since = vanished.get(known) ?? Date.now();
      vanished.set(known, since);
      if (Date.now() - since < settleMs) {
        isUnsure = true;
        continue;
      }
      stamps.delete(known);
      vanished.delete(known);
      pile.put(known, undefined);
    }
    return isUnsure;
  }

  /** One look at everything; tells whether something is to be looked at again soon. */
  async function look(): Promise<boolean> {
    try {
      const found = await scan(path);
      let isUnsure = drop(new Set(found.map((file) => file.path)));
      for (const file of found) isUnsure = (await take(file)) || isUnsure;
      failure = undefined;
      currentAt = Date.now();
      return isUnsure;
    } catch (error) {
      failure = unreadable(path, error);
      return false;
    }
  }

  async function run(deliver: (delivery: Delivery) => void, signal: AbortSignal): Promise<void> {
    const bell = createBell(path);
    while (!signal.aborted) {
      bell.listen();
      const isUnsure = await look();
      const changes = pile.drain();
      const wasSynced = isSynced;
      isSynced ||= currentAt !== undefined && !isUnsure && pile.isWhole();
      if (changes.length > 0 || wasSynced !== isSynced)
        deliver({ changes, asOf: {}, isSynced, unread: [] });
      await bell.wait(isUnsure ? settleMs / 2 : rescanMs, signal);
    }
    bell.stop();
  }

  return {
    describes: `the manifests in ${path}`,
    run,
    status(): readonly CollectionStatus[] {
      return [
        {
          collection: path,
          isSynced,
          ...(currentAt === undefined ? {} : { currentAt }),
          ...(failure ? { stale: failure } : {}),
          objects: pile.size(),
        },
      ];
    },
    diagnostics: () => [...pile.diagnostics(), ...(failure ? [failure] : [])],
  };
}
