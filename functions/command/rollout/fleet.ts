import { formatTable } from './history.ts';

/** What one replica of the service says of itself and of the proxies that poll it. */
export interface ReplicaState {
  readonly replica: string;
  readonly pollers: number;
  readonly converged: number;
  readonly refusing: number;
  readonly isIntentServed: boolean;
  readonly held: readonly string[];
}

export interface FleetState {
  readonly replicas: readonly ReplicaState[];
  /** `refused`: a proxy refuses; `held back`: not all of the newest intent is served; `progressing`: some lag. */
  readonly state: 'converged' | 'progressing' | 'held back' | 'refused' | 'unknown';
}

const PREFIX = 'kubernetes_haproxy_';

function gaugeOf(text: string, name: string): number {
  const line = text.split('\n').find((l) => l.startsWith(`${PREFIX}${name} `));
  return line === undefined ? 0 : Number(line.slice(line.lastIndexOf(' ') + 1));
}

/** Reads a replica's `/metrics`. */
export function readReplica(replica: string, metrics: string): ReplicaState {
  const held = [...metrics.matchAll(/^kubernetes_haproxy_intent_held_back\{unit="([^"]*)"\} 1$/gm)];
  return {
    replica,
    pollers: gaugeOf(metrics, 'pollers'),
    converged: gaugeOf(metrics, 'pollers_converged'),
    refusing: gaugeOf(metrics, 'pollers_refusing'),
    isIntentServed: gaugeOf(metrics, 'intent_converged') === 1,
    held: held.map(([, unit]) => unit as string),
  };
}

/** How the fleet stands, from what all replicas say. */
export function judgeFleet(replicas: readonly ReplicaState[]): FleetState {
  const sum = (of: (replica: ReplicaState) => number) =>
    replicas.reduce((total, replica) => total + of(replica), 0);
  const state = (): FleetState['state'] => {
    if (replicas.length === 0) return 'unknown';
    if (sum(({ refusing }) => refusing) > 0) return 'refused';
    if (replicas.some(({ held }) => held.length > 0)) return 'held back';
    const isWhole = replicas.every(({ isIntentServed }) => isIntentServed);
    const isAll = sum(({ pollers }) => pollers) === sum(({ converged }) => converged);
    return isWhole && isAll ? 'converged' : 'progressing';
  };
  return { replicas, state: state() };
}

/** `rollout status`. */
export function formatFleet({ replicas, state }: FleetState): string {
  const head = ['REPLICA', 'PROXIES', 'CONVERGED', 'REFUSING', 'HELD BACK'];
  const rows = replicas.map(({ replica, pollers, converged, refusing, held }) => [
    replica,
    String(pollers),
    String(converged),
    String(refusing),
    held.join(' ') || '-',
  ]);
  return `${formatTable([head, ...rows])}${state}\n`;
}
