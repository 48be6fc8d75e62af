import type { TestContext } from 'node:test';
import { stringify } from 'yaml';
import type { ApiError } from '../../functions/kubernetes/api-error.ts';
import { createApiClient } from '../../functions/kubernetes/client.ts';
import type { Credentials } from '../../functions/kubernetes/credentials.ts';
import { startApiServer } from '../apiserver/server.ts';
import { folder } from '../kit/folder.ts';
import { createAuthority } from './authority.ts';

export const environment = { PATH: process.env.PATH };

/** Who the server takes us for. */
export function whoami(t: TestContext, credentials: Credentials) {
  const client = createApiClient(credentials);
  t.after(() => client.close());
  return async (): Promise<string> => {
    const call = { path: '/api/v1/pods', query: { limit: '1' }, deadlineMs: 5000 };
    return await client.json(call).then(
      () => 'let in',
      (error: ApiError) => error.code,
    );
  };
}

export async function begin(t: TestContext) {
  const path = await folder();
  const authority = createAuthority(path, 'cluster');
  const pair = authority.issue('apiserver');
  const server = await startApiServer(t, {
    tls: { ...pair, ca: authority.ca },
    needsToken: true,
  });
  server.tokens.set('token-1', { name: 'one' });
  const users = () => server.requests.map(({ user }) => user);
  return { path, authority, server, users };
}

/** A kubeconfig with one context. */
export function kubeconfig(cluster: object, user: object): string {
  return stringify({
    'current-context': 'here',
    contexts: [{ name: 'here', context: { cluster: 'c', user: 'u' } }],
    clusters: [{ name: 'c', cluster }],
    users: [{ name: 'u', user }],
  });
}
