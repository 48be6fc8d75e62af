import { readFile } from 'node:fs/promises';
import type { Diagnostic } from '../core/diagnostics.ts';
import { formatDiagnostic } from '../core/diagnostics.ts';
import type { Feed } from '../core/inputs/input.ts';
import { INPUTS_KEY, readInputs } from '../core/inputs/read-inputs.ts';
import { guessResource, type RoleResource, rolesFor } from '../core/inputs/roles.ts';
import { readManifests } from '../core/manifests.ts';
import { formatKey, readData } from '../core/objects.ts';
import { writeYaml } from '../core/yaml.ts';
import { scan } from '../folder/scan.ts';
import { type ApiClient, createApiClient } from '../kubernetes/client.ts';
import type { Credentials } from '../kubernetes/credentials.ts';
import { findResource } from '../kubernetes/discovery.ts';
import { isFields } from '../core/fields.ts';

export interface RbacCommand {
  /** A folder or file of manifests; without it ConfigMap `config` is read from the cluster. */
  readonly from: string | undefined;
  readonly namespace: string;
  /** Of the cluster that is meant, where there is one: it knows what its kinds are called. */
  readonly credentials: Credentials | undefined;
  /** Whether statuses are to be written. */
  readonly writeStatus: boolean;
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
}

/** The account of the manifests in `k8s/`. */
const ACCOUNT = 'renderer';
const DEADLINE_MS = 10_000;

/** What cannot be done, and what to do about it. */
class RbacError extends Error {
  readonly code = 'config-missing';
  readonly hint = 'Name a folder with it (--from FOLDER), or a cluster (KUBECONFIG, K8SBASE).';
}

type Data = Readonly<Record<string, unknown>>;

async function readFolder(from: string, namespace: string): Promise<Data | undefined> {
  for (const { path } of await scan(from)) {
    const { objects } = readManifests(await readFile(path, 'utf8'), path);
    const found = objects.find((one) => formatKey(one) === `configmaps/${namespace}/config`);
    if (found) return readData(found.json);
  }
  return undefined;
}

async function readCluster(client: ApiClient, namespace: string): Promise<Data | undefined> {
  const path = `/api/v1/namespaces/${namespace}/configmaps/config`;
  const object = await client.json({ path, deadlineMs: DEADLINE_MS });
  const data = isFields(object) ? object.data : undefined;
  return isFields(data) ? data : {};
}

async function resourceOf(feed: Feed, client: ApiClient | undefined): Promise<RoleResource> {
  const { signal } = new AbortController();
  const found = client && (await findResource({ client, feed, deadlineMs: DEADLINE_MS, signal }));
  return found ?? guessResource(feed);
}

/**
 * `kubernetes-haproxy rbac`: the Roles that the inputs of a configuration need, as manifests on standard output.
 *
 * @returns the exit code: 0 done, 1 failed
 */
export async function rbacCommand(command: RbacCommand): Promise<0 | 1> {
  const { from, namespace, credentials, writeStatus, stdout, stderr } = command;
  const client = credentials && createApiClient(credentials);
  try {
    const data = await (from === undefined
      ? client && readCluster(client, namespace)
      : readFolder(from, namespace));
    if (!data) throw new RbacError(`there is no ConfigMap config of namespace ${namespace}`);
    const text = data[INPUTS_KEY];
    const object = `configmaps/${namespace}/config`;
    const read = readInputs({ object, text: typeof text === 'string' ? text : '' });
    const say = (diagnostic: Diagnostic) => stderr(`${formatDiagnostic(diagnostic)}\n`);
    read.diagnostics.forEach(say);
    const all = new Map(read.inputs.map(({ feed }) => [feed.id, feed]));
    const written = new Set(
      read.inputs.flatMap(({ feed, writesStatus }) => (writesStatus ? feed.id : [])),
    );
    const feeds = await Promise.all(
      [...all.values()].map(async (feed) => ({
        feed,
        resource: await resourceOf(feed, client),
        writesStatus: writeStatus && written.has(feed.id),
      })),
    );
    stdout(writeYaml(rolesFor(feeds, { namespace, account: ACCOUNT })));
    return read.diagnostics.length === 0 ? 0 : 1;
  } finally {
    await client?.close();
  }
}
