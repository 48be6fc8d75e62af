import type { Halt, Rollout } from '../../core/rollout.ts';
import { formatTable } from './history.ts';
import { shortHash } from '../../core/revision.ts';
import { formatProgress, type RolloutProgress, readProgress } from './progress.ts';

/** What one replica of the service says of itself and of the proxies that poll it. */
export interface ReplicaState {
  readonly replica: string;
  readonly pollers: number;
  readonly converged: number;
  readonly refusing: number;
  readonly isIntentServed: boolean;
  /** How the newest intent stands there, and the hash of the revision that is served; empty where it does not say. */
  readonly state: string;
  readonly revision: string;
  readonly held: readonly string[];
  /** Servers that are lost in a mass loss that is held, and those of them that are kept: 0 where none is. */
  readonly loss: { readonly lost: number; readonly kept: number };
}

export interface FleetState {
  readonly replicas: readonly ReplicaState[];
  /**
   * `refused`: a proxy refuses; `held back`: not all of the newest intent is served; `progressing`: some lag;
   * `halted`: the newest intent went badly in its rollout; `pinned`, `paused`: all run the revision that people hold them to, which is not the newest intent.
   */
  readonly state:
    | 'converged'
    | 'progressing'
    | 'held back'
    | 'halted'
    | 'refused'
    | 'pinned'
    | 'paused'
    | 'unknown';
  /** The hash of the revision that all replicas serve. */
  readonly revision?: string;
  readonly rollout?: RolloutProgress;
  readonly halted?: Halt;
}

/** How people hold the fleet, and to which revision, where that is known. */
interface Hold {
  readonly how: 'pinned' | 'paused';
  readonly revision: string | undefined;
}

const PREFIX = 'kubernetes_haproxy_';

function gaugeOf(text: string, name: string): number {
  const line = text.split('\n').find((l) => l.startsWith(`${PREFIX}${name} `));
  return line === undefined ? 0 : Number(line.slice(line.lastIndexOf(' ') + 1));
}

/** Reads a replica's `/metrics`. */
export function readReplica(replica: string, metrics: string): ReplicaState {
  const held = [...metrics.matchAll(/^kubernetes_haproxy_intent_held_back\{unit="([^"]*)"\} 1$/gm)];
  const [, state = '', revision = ''] =
    /^kubernetes_haproxy_intent_info\{state="([^"]*)",revision="([^"]*)"\} 1$/m.exec(metrics) ?? [];
  return {
    replica,
    pollers: gaugeOf(metrics, 'pollers'),
    converged: gaugeOf(metrics, 'pollers_converged'),
    refusing: gaugeOf(metrics, 'pollers_refusing'),
    isIntentServed: gaugeOf(metrics, 'intent_converged') === 1,
    state,
    revision,
    held: held.map(([, unit]) => unit as string),
    loss: {
      lost: gaugeOf(metrics, 'mass_loss_servers_lost'),
      kept: gaugeOf(metrics, 'mass_loss_servers_kept'),
    },
  };
}

function holdOf({ pinned, stable, isPaused }: Rollout): Hold | undefined {
  if (pinned !== undefined) return { how: 'pinned', revision: pinned };
  return isPaused ? { how: 'paused', revision: stable } : undefined;
}

/** Whether a replica does what people asked for: it may not have heard yet. */
function hasHeard({ state, revision }: ReplicaState, hold: Hold | undefined): boolean {
  if (hold === undefined) return state !== 'pinned' && state !== 'paused';
  return state === hold.how && (hold.revision ?? revision) === revision;
}

/** How the fleet stands, from what all replicas say, and by what people asked for. */
export function judgeFleet(replicas: readonly ReplicaState[], rollout: Rollout): FleetState {
  const hold = holdOf(rollout);
  const progress = readProgress(rollout);
  const halted = rollout.pinned === undefined ? rollout.halted : undefined;
  const sum = (of: (replica: ReplicaState) => number) =>
    replicas.reduce((total, replica) => total + of(replica), 0);
  const revisions = new Set(replicas.map(({ revision }) => revision));
  const [revision = ''] = revisions;
  const judge = (): FleetState['state'] => {
    if (replicas.length === 0) return 'unknown';
    if (halted) return 'halted';
    if (progress) return rollout.isPaused ? 'paused' : 'progressing';
    if (sum(({ refusing }) => refusing) > 0) return 'refused';
    if (replicas.some(({ held }) => held.length > 0)) return 'held back';
    const isAll = sum(({ pollers }) => pollers) === sum(({ converged }) => converged);
    const isHeard = replicas.every((replica) => hasHeard(replica, hold));
    if (!isAll || !isHeard || revisions.size > 1) return 'progressing';
    if (replicas.every(({ isIntentServed }) => isIntentServed)) return 'converged';
    return hold?.how ?? 'progressing';
  };
  const isOne = revisions.size === 1 && revision !== '';
  return {
    replicas,
    state: judge(),
    ...(isOne && { revision }),
    ...(progress && { rollout: progress }),
    ...(halted && { halted }),
  };
}

const NO_REPLICA =
  'unknown: the namespace has no ready pod with the label app.kubernetes.io/component=renderer to ask; for a service that runs elsewhere, see kubernetes-haproxy status URL';

/** What the state means, where a word is not enough. */
function explainState({ state, revision = '', rollout, halted }: FleetState): string {
  if (state === 'halted' && halted)
    return `halted: revision ${shortHash(halted.hash)} in step ${halted.step + 1}, at ${halted.at}: ${halted.reason}`;
  if (state === 'unknown') return NO_REPLICA;
  if (state === 'paused' && rollout) return 'paused: no further step until rollout resume';
  if (state !== 'pinned' && state !== 'paused') return state;
  return `${state}: all proxies run revision ${shortHash(revision)}, and not the newest ConfigMaps until rollout resume`;
}

/** What is kept of a mass loss, as the replica that keeps most of it says. */
function explainLoss({ replicas }: FleetState): string {
  const [most] = replicas
    .map(({ loss }) => loss)
    .sort((a, b) => b.kept - a.kept || b.lost - a.lost);
  if (!most || most.lost === 0) return '';
  return `mass loss: ${most.lost} servers vanished at once, ${most.kept} of them are kept as they were; if it is meant: kubernetes-haproxy rollout confirm-loss\n`;
}

/** `rollout status`. */
export function formatFleet(fleet: FleetState, isTerminal: boolean): string {
  const head = ['REPLICA', 'PROXIES', 'CONVERGED', 'REFUSING', 'HELD BACK'];
  const rows = fleet.replicas.map(({ replica, pollers, converged, refusing, held }) => [
    replica,
    String(pollers),
    String(converged),
    String(refusing),
    held.join(' ') || '-',
  ]);
  const progress = fleet.rollout ? formatProgress(fleet.rollout, isTerminal) : '';
  return `${formatTable([head, ...rows])}${progress}${explainLoss(fleet)}${explainState(fleet)}\n`;
}
