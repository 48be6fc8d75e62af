import { createFolderHistory } from '../folder/history.ts';
import { watchRollout } from '../folder/rollout-watch.ts';
import { createFolderSource } from '../folder/source.ts';
import { createMemoryHistory } from '../intent/memory-history.ts';
import type { Settings } from '../settings.ts';
import type { OpenedHistory, OpenedSource } from './opened-source.ts';

const nothing = async (): Promise<void> => undefined;

/** Revisions in STATE_DIR, else in memory. */
export function historyOfFiles({ stateDir, revisionHistory: limit }: Settings): OpenedHistory {
  if (stateDir === undefined)
    return { history: createMemoryHistory(limit), isKept: false, close: nothing };
  const history = createFolderHistory({ folder: stateDir, limit });
  return {
    history,
    isKept: true,
    watch: (onRollout, signal) => watchRollout({ folder: stateDir, history, onRollout, signal }),
    close: nothing,
  };
}

/** Manifests at a path. */
export function openFiles(path: string, settings: Settings): OpenedSource {
  const source = createFolderSource({ path, namespace: settings.namespace });
  return { source, history: historyOfFiles(settings), isLocal: true };
}
