import { createApiClient } from '../kubernetes/client.ts';
import type { Credentials } from '../kubernetes/credentials.ts';
import { createKubernetesHistory } from '../kubernetes/history.ts';
import { kubernetesSource } from '../kubernetes/source.ts';
import type { Settings } from '../settings.ts';
import type { Log } from '../wire/log.ts';
import { eventsOf } from './events.ts';
import type { OpenedHistory, OpenedSource } from './opened-source.ts';
import { statusesOf } from './statuses.ts';

export interface ClusterOptions {
  readonly settings: Settings;
  readonly credentials: Credentials;
}

/** Revisions beside the ConfigMaps. */
export function historyOfCluster({ settings, credentials }: ClusterOptions): OpenedHistory {
  const { namespace, revisionHistory: limit } = settings;
  const client = createApiClient(credentials);
  const history = createKubernetesHistory({ client, namespace, limit });
  return { history, isKept: true, close: () => client.close() };
}

/** Kubernetes, with where it keeps revisions, and where it tells people. */
export function openCluster(options: ClusterOptions & { readonly log: Log }): OpenedSource {
  const { settings, credentials, log } = options;
  const { namespace, allNamespaces: isClusterWide, writeStatus } = settings;
  return {
    source: kubernetesSource({ credentials, namespace, isClusterWide, log }),
    history: historyOfCluster(options),
    openEvents: eventsOf(credentials, namespace),
    ...(writeStatus && { openStatuses: statusesOf(credentials) }),
    isLocal: false,
  };
}
