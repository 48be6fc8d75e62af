import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Credentials } from './credentials.ts';
import { kubeconfigCredentials } from './kubeconfig.ts';
import {
  baseCredentials,
  SERVICE_ACCOUNT_FOLDER,
  serviceAccountCredentials,
} from './service-account.ts';

/** What names a cluster: settings, and the environment of a pod. */
export interface ClusterSettings {
  /** K8SBASE. */
  readonly base?: URL | undefined;
  /** KUBECONFIG. */
  readonly kubeconfig?: string | undefined;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly serviceAccountFolder?: string;
}

/**
 * The credentials for the cluster that is meant: K8SBASE wins, then KUBECONFIG, then the pod's own account; undefined
 * where nothing names a cluster.
 *
 * @throws ApiError `kubernetes-credentials` where a kubeconfig cannot be used
 */
export async function chooseCredentials(
  settings: ClusterSettings,
): Promise<Credentials | undefined> {
  const { base, kubeconfig, environment, serviceAccountFolder = SERVICE_ACCOUNT_FOLDER } = settings;
  if (base !== undefined) return baseCredentials({ base, folder: serviceAccountFolder });
  if (kubeconfig) return await kubeconfigCredentials({ paths: kubeconfig, environment });
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = environment;
  if (!host || !port || !existsSync(join(serviceAccountFolder, 'token'))) return undefined;
  return serviceAccountCredentials({ host, port, folder: serviceAccountFolder });
}
