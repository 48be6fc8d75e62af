import { deepFreeze } from './freeze.ts';

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

/** Reads a text of JSON when it is first asked for, and keeps what it read. */
function readLater(text: string): () => unknown {
  let value: unknown;
  return () => {
    value ??= deepFreeze(JSON.parse(text));
    return value;
  };
}

const decoder = new TextDecoder();

/**
 * Reads a pod, deeply frozen. Its `spec`, by far the largest part and read by few templates, stays text until it is
 * asked for: thousands of pods are kept, and as objects they take several times their text.
 */
export function readPod(json: Uint8Array): Pod {
  const parsed = JSON.parse(decoder.decode(json)) as Record<string, unknown>;
  const pod: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(parsed)) {
    const isLater = key === 'spec' && typeof value === 'object' && value !== null;
    const property = isLater
      ? { get: readLater(JSON.stringify(value)) }
      : { value: deepFreeze(value) };
    Object.defineProperty(pod, key, { ...property, enumerable: true });
  }
  return Object.freeze(pod) as unknown as Pod;
}
