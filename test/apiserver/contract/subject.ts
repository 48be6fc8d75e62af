import { randomBytes } from 'node:crypto';
import type { TestContext } from 'node:test';
import type { Credentials } from '../../../functions/kubernetes/credentials.ts';
import { type Caller, createCaller } from '../../kubernetes/caller.ts';

/** An API server to hold to the contract. */
export interface Server {
  /** May do everything. */
  readonly admin: Credentials;
  bearing(token: string): Credentials;
  /** In seconds, how long a watch must have time for, so that a bookmark comes before it ends. */
  readonly bookmarkSeconds: number;
  /** Has it forget the history up to now. */
  forget(): Promise<void>;
}

export type Open = (t: TestContext) => Promise<Server>;

/** The server as one test sees it: with a namespace that nobody else writes to. */
export interface Subject {
  readonly namespace: string;
  readonly admin: Caller;
  readonly server: Server;
  as(token: string): Caller;
  /** `/api/v1/namespaces/NAMESPACE/configmaps`, or of another group. */
  pathOf(resource: string, group?: string): string;
}

export const MERGE_PATCH = 'application/merge-patch+json';

export async function begin(t: TestContext, open: Open): Promise<Subject> {
  const server = await open(t);
  const callerOf = (credentials: Credentials) => {
    const caller = createCaller(credentials);
    t.after(() => caller.close());
    return caller;
  };
  const admin = callerOf(server.admin);
  const namespace = `contract-${randomBytes(4).toString('hex')}`;
  const metadata = { name: namespace };
  await admin.expect('POST', '/api/v1/namespaces', { body: { metadata } });
  return {
    namespace,
    admin,
    server,
    as: (token) => callerOf(server.bearing(token)),
    pathOf: (resource, group) =>
      `/${group === undefined ? 'api' : `apis/${group}`}/v1/namespaces/${namespace}/${resource}`,
  };
}

/** A ConfigMap to send. */
export const mapOf = (name: string, data: Readonly<Record<string, string>>, metadata = {}) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { ...metadata, name },
  data,
});
