import type { Credentials } from '../../functions/kubernetes/credentials.ts';
import { baseCredentials } from '../../functions/kubernetes/service-account.ts';
import { authorizeBy, readGrants } from '../apiserver/rbac.ts';
import { type ApiServer, startApiServer } from '../apiserver/server.ts';

export interface OwnCluster {
  readonly server: ApiServer;
  /** May do everything. */
  readonly admin: Credentials;
  /** Of whoever bears a token. */
  bearing(token: string): Credentials;
}

/** The API server of the tests, with the RBAC objects in it as its policy, where anonymous may do everything. */
export async function startOwnCluster(
  scope: Parameters<typeof startApiServer>[0],
  options: Parameters<typeof startApiServer>[1] = {},
): Promise<OwnCluster> {
  const server = await startApiServer(scope, options);
  server.authorize = (attempt) => {
    const kinds = ['roles', 'rolebindings', 'clusterroles', 'clusterrolebindings'];
    const objects = kinds.flatMap((kind) => server.store.list(kind));
    return attempt.user === 'anonymous' || authorizeBy(readGrants(objects))(attempt);
  };
  const admin = baseCredentials({ base: new URL(server.base) });
  return {
    server,
    admin,
    bearing: (token) => ({ ...admin, prove: async () => ({ token }) }),
  };
}
