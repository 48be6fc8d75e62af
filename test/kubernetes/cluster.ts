import { randomBytes } from 'node:crypto';
import type { TestContext } from 'node:test';
import type { Credentials } from '../../functions/kubernetes/credentials.ts';
import { until } from '../kit/until.ts';
import { type ApiBody, createCaller } from './caller.ts';

/** A cluster to write into as a person does with kubectl: the API server of the tests, or a real one. */
export interface Cluster {
  /** Namespaces of this test's own; they are removed after it. */
  readonly namespaces: { readonly lb: string; readonly shop: string; readonly blog: string };
  put(path: string, object: ApiBody): Promise<void>;
  /** Updates an object at its version; tells whether nobody was quicker. */
  replace(path: string, object: ApiBody): Promise<boolean>;
  /** A pod whose status is written as a kubelet would; no scheduler takes it. */
  putPod(namespace: string, name: string, address: string): Promise<void>;
  remove(path: string): Promise<void>;
  get(path: string): Promise<ApiBody>;
  /** A token of a new account in namespace `lb`, for an audience, that may GET a path. */
  token(grant: { readonly audience: string; readonly path: string }): Promise<string>;
}

const RBAC = '/apis/rbac.authorization.k8s.io/v1';

const parentOf = (path: string): string => path.slice(0, path.lastIndexOf('/'));

export async function openCluster(t: TestContext, credentials: Credentials): Promise<Cluster> {
  const caller = createCaller(credentials);
  const write = (method: string, path: string, body?: object) =>
    caller.send(method, path, body === undefined ? {} : { body });
  const made: string[] = [];
  t.after(async () => {
    for (const path of made.reverse())
      await write('DELETE', path).catch((error) => t.diagnostic(`${path} stays: ${error.message}`));
    await caller.close();
  });
  const run = `kh-test-${randomBytes(4).toString('hex')}`;
  const namespaces = { lb: `${run}-lb`, shop: `${run}-shop`, blog: `${run}-blog` };

  const expect = (method: string, path: string, body?: object) =>
    caller.expect(method, path, body === undefined ? {} : { body });
  const put = async (path: string, object: ApiBody): Promise<void> => {
    const [status, known] = await write('GET', path);
    if (status === 404) await expect('POST', parentOf(path), object);
    else {
      const { resourceVersion } = known.metadata;
      await expect('PUT', path, { ...object, metadata: { ...object.metadata, resourceVersion } });
    }
  };
  const create = async (path: string, object: ApiBody): Promise<void> => {
    await expect('POST', path, object);
    made.push(`${path}/${object.metadata.name}`);
  };
  for (const name of Object.values(namespaces))
    await create('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });

  return {
    namespaces,
    put,
    async replace(path, object) {
      const [status, answer] = await write('PUT', path, object);
      if (status === 200 || status === 409) return status === 200;
      throw new Error(`PUT ${path} is answered ${status}: ${answer.message}`);
    },
    async putPod(namespace, name, address) {
      const path = `/api/v1/namespaces/${namespace}/pods/${name}`;
      const [status, known] = await write('GET', path);
      const spec = {
        containers: [{ name: 'web', image: 'web' }],
        schedulerName: 'none',
        automountServiceAccountToken: false,
      };
      const metadata = { name, labels: { app: 'web' } };
      // The account that pods run as is made by a controller, some time after the namespace.
      const pod =
        status === 404
          ? await until('the pod may be made', () =>
              expect('POST', parentOf(path), { apiVersion: 'v1', kind: 'Pod', metadata, spec }),
            )
          : known;
      const conditions = [{ type: 'Ready', status: 'True' }];
      const ready = { phase: 'Running', podIP: address, podIPs: [{ ip: address }], conditions };
      await expect('PUT', `${path}/status`, { ...pod, status: ready });
    },
    async remove(path) {
      await expect('DELETE', path, {
        kind: 'DeleteOptions',
        apiVersion: 'v1',
        gracePeriodSeconds: 0,
      });
    },
    get: (path) => expect('GET', path),
    async token({ audience, path }) {
      const [account, namespace] = ['reader', namespaces.lb];
      const metadata = { name: account };
      const accounts = `/api/v1/namespaces/${namespace}/serviceaccounts`;
      await expect('POST', accounts, { apiVersion: 'v1', kind: 'ServiceAccount', metadata });
      const rbac = { apiVersion: 'rbac.authorization.k8s.io/v1', metadata: { name: run } };
      const rules = [{ nonResourceURLs: [path], verbs: ['get'] }];
      await create(`${RBAC}/clusterroles`, { ...rbac, kind: 'ClusterRole', rules });
      const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: run };
      const subjects = [{ kind: 'ServiceAccount', name: account, namespace }];
      const binding = { ...rbac, kind: 'ClusterRoleBinding', roleRef, subjects };
      await create(`${RBAC}/clusterrolebindings`, binding);
      const asked = {
        apiVersion: 'authentication.k8s.io/v1',
        kind: 'TokenRequest',
        metadata: { name: '' },
      };
      const spec = { audiences: [audience], expirationSeconds: 600 };
      const issued = await expect('POST', `${accounts}/${account}/token`, { ...asked, spec });
      return (issued.status as { token: string }).token;
    },
  };
}
