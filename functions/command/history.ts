import type { History } from '../core/revision.ts';
import type { Rollout } from '../core/rollout.ts';
import { createFolderHistory } from '../folder/history.ts';
import { watchRollout } from '../folder/rollout-watch.ts';
import { createMemoryHistory } from '../intent/memory-history.ts';
import { createApiClient } from '../kubernetes/client.ts';
import type { Credentials } from '../kubernetes/credentials.ts';
import { createKubernetesHistory } from '../kubernetes/history.ts';
import type { Settings } from '../settings.ts';

export interface OpenedHistory {
  readonly history: History;
  /** Whether it outlives this process. */
  readonly isKept: boolean;
  /** Follows the rollout where the source does not bring it. */
  watch?(onRollout: (rollout: Rollout) => void, signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

export interface HistoryOptions {
  readonly settings: Settings;
  /** Of the cluster that is meant, where there is one. */
  readonly credentials: Credentials | undefined;
}

const nothing = async (): Promise<void> => undefined;

/** Where revisions are kept: in Kubernetes, where the ConfigMaps come from there; else in STATE_DIR; else in memory. */
export function openHistory({ settings, credentials }: HistoryOptions): OpenedHistory {
  const { from, namespace, stateDir: folder, revisionHistory: limit } = settings;
  if (from === undefined && credentials) {
    const client = createApiClient(credentials);
    const history = createKubernetesHistory({ client, namespace, limit });
    return { history, isKept: true, close: () => client.close() };
  }
  if (folder === undefined)
    return { history: createMemoryHistory(limit), isKept: false, close: nothing };
  const history = createFolderHistory({ folder, limit });
  return {
    history,
    isKept: true,
    watch: (onRollout, signal) => watchRollout({ folder, history, onRollout, signal }),
    close: nothing,
  };
}
