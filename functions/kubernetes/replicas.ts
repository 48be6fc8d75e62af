import type { ApiClient } from './client.ts';
import { isFields } from '../core/fields.ts';

const DEADLINE_MS = 10_000;
const SELECTOR = 'app.kubernetes.io/name=kubernetes-haproxy,app.kubernetes.io/component=renderer';
/** The name of the port, as the Deployment has it. */
const PORT = 'metrics';

function isReady(pod: Readonly<Record<string, unknown>>): boolean {
  const status = isFields(pod.status) ? pod.status : {};
  const conditions = Array.isArray(status.conditions) ? status.conditions.filter(isFields) : [];
  return conditions.some(({ type, status: is }) => type === 'Ready' && is === 'True');
}

/**
 * `/metrics` of every ready replica of the service, through the API server's proxy: whoever asks needs the rule
 * `{apiGroups: [""], resources: [pods, pods/proxy], verbs: [get, list]}`.
 *
 * @throws ApiError
 */
export async function readReplicaMetrics(
  client: ApiClient,
  namespace: string,
): Promise<ReadonlyMap<string, string>> {
  const path = `/api/v1/namespaces/${namespace}/pods`;
  const call = { deadlineMs: DEADLINE_MS };
  const list = await client.json({ path, query: { labelSelector: SELECTOR }, ...call });
  const pods = isFields(list) && Array.isArray(list.items) ? list.items.filter(isFields) : [];
  const names = pods
    .filter(isReady)
    .flatMap(({ metadata }) => (isFields(metadata) ? String(metadata.name) : []))
    .sort();
  const texts = await Promise.all(
    names.map((name) => client.text({ path: `${path}/${name}:${PORT}/proxy/metrics`, ...call })),
  );
  return new Map(names.map((name, i) => [name, texts[i] as string]));
}
