/** What the core reads of a pod; templates get all of it. */
export interface Pod {
  readonly metadata: {
    readonly name: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly deletionTimestamp?: string | null;
  };
  readonly status?: {
    readonly podIP?: string;
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
    readonly containerStatuses?: readonly { readonly ready: boolean }[];
  };
}

/** `ready`: takes new connections. `draining`: terminating, but still serving those that it has. */
export type PodPhase = 'ready' | 'draining' | 'absent';

/** Condition Ready decides; a pod without it (an old dump, a hand-written manifest) is as ready as all its containers. */
function isReady({ status }: Pod): boolean {
  const condition = status?.conditions?.find(({ type }) => type === 'Ready');
  if (condition) return condition.status === 'True';
  const containers = status?.containerStatuses ?? [];
  return containers.length > 0 && containers.every(({ ready }) => ready);
}

/**
 * Whether a pod serves: it has an IP and is ready. A terminating pod that does is draining, as the `serving`
 * condition of an EndpointSlice tells (Kubernetes, "Pod Termination": endpoints).
 */
export function podPhase(pod: Pod): PodPhase {
  if (!pod.status?.podIP || !isReady(pod)) return 'absent';
  return pod.metadata.deletionTimestamp ? 'draining' : 'ready';
}
