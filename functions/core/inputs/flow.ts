import { type Flow, splitApiVersion } from './input.ts';

/** Groups of the API whose objects change by themselves. */
export const ENDPOINT_GROUPS: ReadonlySet<string> = new Set([
  'apps',
  'autoscaling',
  'batch',
  'coordination.k8s.io',
  'discovery.k8s.io',
  'events.k8s.io',
  'metrics.k8s.io',
]);

/** Such kinds of the core group. */
export const ENDPOINT_KINDS: ReadonlySet<string> = new Set([
  'Endpoints',
  'Event',
  'Node',
  'PersistentVolume',
  'PersistentVolumeClaim',
  'Pod',
  'ReplicationController',
  'Secret',
]);

/** What a kind counts as where nobody says: people write all that is not known to change by itself. */
export function flowOf({ apiVersion, kind }: { apiVersion: string; kind: string }): Flow {
  const { group } = splitApiVersion(apiVersion);
  const isEndpoint = group === '' ? ENDPOINT_KINDS.has(kind) : ENDPOINT_GROUPS.has(group);
  return isEndpoint ? 'endpoints' : 'intent';
}
