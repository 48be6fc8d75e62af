import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Credentials, rereadCredentials } from '../../functions/kubernetes/credentials.ts';
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
  /** Starts the API server anew, with other feature gates or none. */
  restart(features?: Readonly<Record<string, boolean>>): Promise<void>;
  /** Forgets all history: etcd's, and what the API server keeps of it until it is started anew. */
  forget(): Promise<void>;
}

/** Starts one that ends with its scope: a test, or all tests of a file. */
export async function startControlPlane(scope: {
  after(end: () => Promise<void>): void;
}): Promise<ControlPlane> {
  const home = await mkdtemp(join(tmpdir(), 'kh-'));
  const ends: (() => Promise<void>)[] = [() => rm(home, { recursive: true })];
  scope.after(async () => {
    for (const end of ends.reverse()) await end();
  });
  const etcd = await startEtcd(home);
  ends.push(() => etcd.kill());
  const server = await createApiServer({ home, etcd: etcd.url });
  ends.push(() => server.kill());
  await server.start();
  const { ca, admin, url } = server;
  const describes = 'the control plane of the tests';
  const credentialsOf = (proof: object) =>
    rereadCredentials({ describes, server: new URL(url), read: async () => ({ ca, ...proof }) });
  const restart: ControlPlane['restart'] = async (features) => {
    await server.kill();
    await server.start(features);
  };
  return {
    etcd,
    server,
    admin: credentialsOf(admin),
    bearing: (token) => credentialsOf({ token }),
    restart,
    async forget() {
      await etcd.compact();
      await restart();
    },
  };
}
