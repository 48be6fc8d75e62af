import type { RenderSettings } from '../../core/render.ts';
import { ApiError } from '../../kubernetes/api-error.ts';
import { createApiClient } from '../../kubernetes/client.ts';
import type { Credentials } from '../../kubernetes/credentials.ts';
import { readReplicaMetrics } from '../../kubernetes/replicas.ts';
import type { Settings } from '../../settings.ts';
import type { Source } from '../../core/source.ts';
import { rolloutCommand } from '../rollout.ts';
import { openHistory } from '../source.ts';
import { readLocalMetrics } from './local.ts';
import { RolloutError } from './named.ts';

export interface OpenRollout {
  readonly settings: Settings;
  readonly renderSettings: RenderSettings;
  readonly credentials: Credentials | undefined;
  readonly source: () => Promise<Source>;
  /** What stands behind `rollout`. */
  readonly words: readonly string[];
  readonly stdout: (text: string) => void;
  readonly isTerminal: boolean;
}

const RIGHTS =
  'Whoever runs the cluster grants you the rules of "Looking back and going back" in docs/kubernetes.md, with a Role and a RoleBinding to your account.';

/** What the API server refuses a person is no matter of the service's account. */
function forPeople(error: unknown): unknown {
  if (!(error instanceof ApiError) || error.code !== 'kubernetes-forbidden') return error;
  return new RolloutError(error.code, error.message, RIGHTS);
}

/**
 * `kubernetes-haproxy rollout`: through the API server, where the ConfigMaps come from there; else on STATE_DIR.
 *
 * @returns the exit code
 */
export async function openRollout(options: OpenRollout): Promise<number> {
  const { settings, renderSettings, credentials, source, words, stdout, isTerminal } = options;
  const { namespace } = settings;
  const opened = await openHistory({ settings, credentials });
  if (!opened.isKept)
    throw new RolloutError(
      'no-history',
      'there is neither a cluster nor a folder of revisions',
      'Set KUBECONFIG or K8SBASE, or FROM with the STATE_DIR that the service has.',
    );
  const isInCluster = settings.from === undefined && credentials !== undefined;
  const client = isInCluster ? createApiClient(credentials) : undefined;
  try {
    return await rolloutCommand({
      words,
      history: opened.history,
      toRevision: settings.toRevision,
      isRendered: settings.rendered,
      isWatching: settings.watch,
      output: settings.output,
      source,
      settings: renderSettings,
      variant: { sslDir: settings.sslDir, filesDir: settings.filesDir, params: {} },
      metrics: () => (client ? readReplicaMetrics(client, namespace) : readLocalMetrics(settings)),
      stdout,
      isTerminal,
    });
  } catch (error) {
    throw forPeople(error);
  } finally {
    await Promise.all([opened.close(), client?.close()]);
  }
}
