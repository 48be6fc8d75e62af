import { type JsonObject, memberOf } from '../template/json/index.ts';
import { materialiseInPart } from './materialise.ts';

/** `ready`: takes new connections. `draining`: terminating, but still serving those that it has. */
export type PodPhase = 'ready' | 'draining' | 'absent';

/** What the core reads of a pod, and the pod as templates get it. */
export interface Pod {
  readonly phase: PodPhase;
  readonly ip: string | undefined;
  readonly labels: JsonObject | undefined;
  /** The whole pod, deeply frozen. */
  readonly view: unknown;
}

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/** Condition Ready decides; a pod without it (an old dump, a hand-written manifest) is as ready as all its containers. */
function isReady(status: unknown): boolean {
  const condition = listOf(memberOf(status, 'conditions')).find(
    (one) => memberOf(one, 'type') === 'Ready',
  );
  if (condition !== undefined) return memberOf(condition, 'status') === 'True';
  const containers = listOf(memberOf(status, 'containerStatuses'));
  return containers.length > 0 && containers.every((one) => memberOf(one, 'ready') === true);
}

/**
 * Whether a pod serves: it has an IP and is ready. A terminating pod that does is draining, as the `serving`
 * condition of an EndpointSlice tells (Kubernetes, "Pod Termination": endpoints).
 */
export function phaseOf(metadata: unknown, status: unknown): PodPhase {
  if (!memberOf(status, 'podIP') || !isReady(status)) return 'absent';
  return memberOf(metadata, 'deletionTimestamp') ? 'draining' : 'ready';
}

const decoder = new TextDecoder();

/**
 * Reads a pod. Its `spec` and its annotations, by far the largest parts and read by few templates, stay packed until
 * they are asked for: thousands of pods are kept, and as objects they take many times as much.
 */
export function readPod(json: Uint8Array): Pod {
  const view = materialiseInPart(decoder.decode(json), {
    member: 'spec',
    within: { member: 'metadata', later: { member: 'annotations' } },
  });
  const metadata = memberOf(view, 'metadata');
  const status = memberOf(view, 'status');
  return {
    phase: phaseOf(metadata, status),
    ip: (memberOf(status, 'podIP') ?? undefined) as string | undefined,
    labels: (memberOf(metadata, 'labels') ?? undefined) as JsonObject | undefined,
    view,
  };
}
