import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Credentials, type Proof, rereadCredentials } from './credentials.ts';

/** Where Kubernetes mounts the account of a pod. */
export const SERVICE_ACCOUNT_FOLDER = '/var/run/secrets/kubernetes.io/serviceaccount';

export interface ServiceAccountOptions {
  /** KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT. */
  readonly host: string;
  readonly port: string;
  readonly folder?: string;
  readonly now?: () => number;
}

async function readAccount(folder: string): Promise<Proof> {
  const [token, ca] = await Promise.all([
    readFile(join(folder, 'token'), 'utf8'),
    readFile(join(folder, 'ca.crt'), 'utf8'),
  ]);
  return { token: token.trim(), ca };
}

/** The account of the pod that this runs in: its token and the cluster's CA are read again as they are rotated. */
export function serviceAccountCredentials(options: ServiceAccountOptions): Credentials {
  const { host, port, folder = SERVICE_ACCOUNT_FOLDER, now = Date.now } = options;
  return rereadCredentials({
    describes: 'the cluster that this pod runs in',
    server: new URL(`https://${host.includes(':') ? `[${host}]` : host}:${port}`),
    read: () => readAccount(folder),
    now,
  });
}

export interface BaseOptions {
  /** The base URL of the API; a path in it is kept. */
  readonly base: URL;
  readonly folder?: string;
  readonly now?: () => number;
}

/**
 * A base URL (`K8SBASE`): over plain HTTP nothing is proven (`kubectl proxy` does that); over HTTPS the account of
 * the pod is used where there is one. A token never travels over plain HTTP.
 */
export function baseCredentials(options: BaseOptions): Credentials {
  const { base, folder = SERVICE_ACCOUNT_FOLDER, now = Date.now } = options;
  const isPlain = base.protocol === 'http:';
  return rereadCredentials({
    describes: `the API server at ${base.host}`,
    server: base,
    read: () => (isPlain ? Promise.resolve({}) : readAccount(folder).catch(() => ({}))),
    now,
  });
}
