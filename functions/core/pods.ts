import { deepFreeze } from './freeze.ts';
import { pack, unpack } from './packing.ts';

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

const decoder = new TextDecoder();
const encoder = new TextEncoder();

/** The parts that are still packed, by the object that they are a part of. */
const packedParts = new WeakMap<object, Uint8Array>();
const readParts = new WeakMap<object, unknown>();

/** One function for all pods, so that all have one shape: a closure each would cost more than it holds. */
function readPart(this: object): unknown {
  const packed = packedParts.get(this);
  if (packed) {
    readParts.set(this, deepFreeze(JSON.parse(decoder.decode(unpack(packed)))));
    packedParts.delete(this);
  }
  return readParts.get(this);
}

/** The object, frozen, with one of its parts packed until it is read. */
function packPart(object: Readonly<Record<string, unknown>>, name: string): object {
  const packed: object = {};
  for (const [key, value] of Object.entries(object)) {
    const isLater = key === name && typeof value === 'object' && value !== null;
    if (isLater) packedParts.set(packed, pack(encoder.encode(JSON.stringify(value))));
    const property = isLater ? { get: readPart } : { value: deepFreeze(value) };
    Object.defineProperty(packed, key, { ...property, enumerable: true });
  }
  return Object.freeze(packed);
}

/**
 * Reads a pod, deeply frozen. Its `spec` and its annotations, by far the largest parts and read by few templates, stay
 * packed until they are asked for: thousands of pods are kept, and as objects they take many times as much.
 */
export function readPod(json: Uint8Array): Pod {
  const parsed = JSON.parse(decoder.decode(json)) as Record<string, unknown>;
  const metadata = packPart(parsed.metadata as Record<string, unknown>, 'annotations');
  return packPart({ ...parsed, metadata }, 'spec') as Pod;
}
