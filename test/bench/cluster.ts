import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ApiServer } from '../apiserver/server.ts';
import type { NewObject } from '../apiserver/store.ts';
import { realisticPod } from './realistic-pod.ts';

export interface Pod {
  readonly name: string;
  /** The label by which its service selects it. */
  readonly app: string;
  readonly address: string;
}

/** Where the objects of a benchmark are: what the render service reads. */
export interface Cluster {
  /** The service's settings that lead there. */
  readonly flags: readonly string[];
  putConfigMap(name: string, data: Readonly<Record<string, string>>): Promise<void>;
  /** Lets a group of pods be these and no others. */
  putPods(group: string, pods: readonly Pod[]): Promise<void>;
}

export const NAMESPACE = 'shop';

function podObject({ name, app, address }: Pod): NewObject {
  const { metadata, ...pod } = realisticPod(name, address);
  const labels = { ...(metadata.labels as object), app };
  return { ...pod, metadata: { ...metadata, namespace: NAMESPACE, labels } };
}

const configMap = (name: string, data: Readonly<Record<string, string>>): NewObject => ({
  metadata: { name, namespace: 'lb' },
  data,
});

/** A folder of manifests: a file a group of pods, replaced whole. */
export async function createFolder(folder: string): Promise<Cluster> {
  await mkdir(folder, { recursive: true });
  const write = async (file: string, value: object) => {
    await writeFile(join(folder, `.${file}`), JSON.stringify(value));
    await rename(join(folder, `.${file}`), join(folder, file));
  };
  return {
    flags: ['--from', folder],
    putConfigMap: (name, data) =>
      write(`${name}.json`, { apiVersion: 'v1', kind: 'ConfigMap', ...configMap(name, data) }),
    putPods: (group, pods) => {
      const items = pods.map((pod) => ({ apiVersion: 'v1', kind: 'Pod', ...podObject(pod) }));
      return write(`${group}.json`, { kind: 'List', items });
    },
  };
}

/** An API server: new pods are put before the old ones are deleted, each an event of its own. */
export function createKubernetes({ base, store }: ApiServer): Cluster {
  const groups = new Map<string, readonly Pod[]>();
  store.put('configmaps', configMap('certificates', {}));
  store.put('secrets', { metadata: { name: 'keys', namespace: 'lb' }, data: {} });
  return {
    flags: ['--k8sbase', base],
    async putConfigMap(name, data) {
      store.put('configmaps', configMap(name, data));
    },
    async putPods(group, pods) {
      const before = groups.get(group) ?? [];
      groups.set(group, pods);
      const names = new Set(pods.map(({ name }) => name));
      for (const pod of pods) if (!before.includes(pod)) store.put('pods', podObject(pod));
      for (const { name } of before) if (!names.has(name)) store.delete('pods', NAMESPACE, name);
    },
  };
}
