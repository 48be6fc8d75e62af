import type { History } from '../core/revision.ts';
import type { Rollout } from '../core/rollout.ts';
import { createFileWatcher } from './file-watcher.ts';

/** The file system tells of most changes; a look every so often finds the others. In milliseconds. */
const LOOK_MS = 2_000;

/** Follows the rollout that a folder of state keeps, until the signal. */
export async function watchRollout(options: {
  readonly folder: string;
  readonly history: History;
  readonly onRollout: (rollout: Rollout) => void;
  readonly signal: AbortSignal;
}): Promise<void> {
  const { folder, history, onRollout, signal } = options;
  const watcher = createFileWatcher();
  let last: string | undefined;
  try {
    while (!signal.aborted) {
      watcher.listen({ folders: new Set([folder]) });
      const rollout = await history.rollout().catch(() => undefined);
      const text = JSON.stringify(rollout);
      if (rollout && last !== undefined && text !== last) onRollout(rollout);
      if (rollout) last = text;
      await watcher.wait(LOOK_MS, signal);
    }
  } finally {
    watcher.listen({ folders: new Set() });
  }
}
