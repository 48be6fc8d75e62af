import { type FSWatcher, watch } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

/** The folders to watch, and the one name in them that counts where it is a single file that is followed. */
export interface Watched {
  readonly folders: ReadonlySet<string>;
  readonly only?: string;
}

/** Wakes whoever waits when the file system tells of a change. It may miss one: somebody has to look, too. */
export interface FileWatcher {
  /** What wakes from now on; whether some of it did not before. */
  listen(watched: Watched): boolean;
  /** Wakes at once, whatever the file system says. */
  ring(): void;
  /** Ends at a change since the last wait, after so many milliseconds, or with the signal. */
  wait(ms: number, signal: AbortSignal): Promise<void>;
}

export function createFileWatcher(): FileWatcher {
  const watchers = new Map<string, FSWatcher>();
  let wake = (): void => undefined;
  let hasChanged = false;
  let counting: string | undefined;

  function ring(): void {
    hasChanged = true;
    wake();
  }

  function end(folder: string): void {
    watchers.get(folder)?.close();
    watchers.delete(folder);
  }

  /** One watcher a folder: Node 20's recursive ones lose what happens in quick succession. */
  function begin(folder: string): void {
    try {
      const watcher = watch(folder, (_event, name) => {
        if (counting === undefined || name === counting) ring();
      });
      watcher.on('error', () => end(folder));
      watchers.set(folder, watcher);
    } catch {
      end(folder);
    }
  }

  return {
    ring,
    listen({ folders, only }: Watched) {
      counting = only;
      for (const folder of watchers.keys()) if (!folders.has(folder)) end(folder);
      const fresh = [...folders].filter((folder) => !watchers.has(folder));
      fresh.forEach(begin);
      return fresh.length > 0;
    },
    async wait(ms: number, signal: AbortSignal): Promise<void> {
      const woken = new AbortController();
      wake = () => woken.abort();
      const either = AbortSignal.any([signal, woken.signal]);
      if (!hasChanged) await delay(ms, undefined, { signal: either }).catch(() => undefined);
      hasChanged = false;
    },
  };
}
