import { type Credentials, rereadCredentials } from '../../functions/kubernetes/credentials.ts';
import { folder } from '../kit/folder.ts';
import { createApiServer, type RealApiServer } from './api-server.ts';
import { type Etcd, startEtcd } from './etcd.ts';

/** A real API server on a real etcd, and nothing else of Kubernetes: no controller, no scheduler, no kubelet. */
export interface ControlPlane {
  readonly etcd: Etcd;
  readonly server: RealApiServer;
  /** May do everything. */
  readonly admin: Credentials;
  /** Of whoever bears a token. */
  bearing(token: string): Credentials;
}

export interface ControlPlaneOptions {
  /** Feature gates of the API server. */
  readonly features?: Readonly<Record<string, boolean>>;
}

/** Starts one that ends with its scope: a test, or all tests of a file. */
export async function startControlPlane(
  scope: { after(end: () => Promise<void>): void },
  { features }: ControlPlaneOptions = {},
): Promise<ControlPlane> {
  const home = await folder();
  const etcd = await startEtcd(home);
  scope.after(() => etcd.kill());
  const server = await createApiServer({ home, etcd: etcd.url });
  scope.after(() => server.kill());
  await server.start(features);
  const { ca, admin, url } = server;
  const describes = 'the control plane of the tests';
  const credentialsOf = (proof: object) =>
    rereadCredentials({ describes, server: new URL(url), read: async () => ({ ca, ...proof }) });
  return {
    etcd,
    server,
    admin: credentialsOf(admin),
    bearing: (token) => credentialsOf({ token }),
  };
}
