import { createFolderSource } from '../folder/source.ts';
import type { Credentials } from '../kubernetes/credentials.ts';
import { kubernetesSource } from '../kubernetes/source.ts';
import type { Settings } from '../settings.ts';
import type { Source } from '../core/source.ts';
import type { Log } from '../wire/log.ts';
import { eventsOf, type OpenEvents } from './events.ts';
import { type OpenStatuses, statusesOf } from './statuses.ts';
import { type OpenedHistory, openHistory } from './history.ts';

export interface SourceOptions {
  readonly settings: Settings;
  /** Of the cluster that is meant, where there is one. */
  readonly credentials: Credentials | undefined;
  /** The folder of the embedded example. */
  readonly example: string;
  readonly log: Log;
}

export interface OpenedSource {
  readonly source: Source;
  /** Where the revisions of what it delivers are kept. */
  readonly history: OpenedHistory;
  /** Where people are told of what happens to it. */
  readonly openEvents?: OpenEvents;
  /** Where statuses of its objects are written; absent where none are to be. */
  readonly openStatuses?: OpenStatuses;
  /** Whether it is files at hand: somebody is at a terminal, not a cluster's log collector. */
  readonly isLocal: boolean;
}

/** The source that the settings name: manifests (FROM), else Kubernetes where there is one, else the embedded example. */
export function openSource(options: SourceOptions): OpenedSource {
  const { settings, credentials, example, log } = options;
  const { from, namespace, allNamespaces } = settings;
  const history = openHistory({ settings, credentials });
  if (from !== undefined || !credentials) {
    const source = createFolderSource({ path: from ?? example, namespace });
    return { source, history, isLocal: true };
  }
  const source = kubernetesSource({ credentials, namespace, isClusterWide: allNamespaces, log });
  const openEvents = eventsOf({ settings, credentials });
  const openStatuses = statusesOf({ settings, credentials });
  return {
    source,
    history,
    ...(openEvents && { openEvents }),
    ...(openStatuses && { openStatuses }),
    isLocal: false,
  };
}
