import type { Credentials } from '../kubernetes/credentials.ts';
import type { Settings } from '../settings.ts';
import type { Log } from '../wire/log.ts';
import type { OpenedHistory, OpenedSource } from './opened-source.ts';

export interface HistoryOptions {
  readonly settings: Settings;
  /** Of the cluster that is meant, where there is one. */
  readonly credentials: Credentials | undefined;
}

export interface SourceOptions extends HistoryOptions {
  /** The folder of the embedded example. */
  readonly example: string;
  readonly log: Log;
}

// Who reads files needs nothing of what speaks to an API server, which is most of what would be loaded.
const cluster = () => import('./cluster.ts');
const files = () => import('./files.ts');

/** The source that the settings name: manifests (FROM), else Kubernetes where there is one, else the embedded example. */
export async function openSource(options: SourceOptions): Promise<OpenedSource> {
  const { settings, credentials, example, log } = options;
  const { from } = settings;
  return from === undefined && credentials
    ? (await cluster()).openCluster({ settings, credentials, log })
    : (await files()).openFiles(from ?? example, settings);
}

/** Where revisions are kept: in Kubernetes, where the ConfigMaps come from there; else in STATE_DIR; else in memory. */
export async function openHistory({
  settings,
  credentials,
}: HistoryOptions): Promise<OpenedHistory> {
  return settings.from === undefined && credentials
    ? (await cluster()).historyOfCluster({ settings, credentials })
    : (await files()).historyOfFiles(settings);
}
