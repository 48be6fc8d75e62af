import type { Refusal } from './refusal.ts';

/** What the reloader knows of itself; what /status shows. */
export interface Status {
  /** The hash that the newest worker tells. */
  live: string | undefined;
  /** The newest hash that the renderer gave. */
  wanted: string | undefined;
  /** The last release proven to run. */
  lastGood: string | undefined;
  refused: readonly Refusal[];
  haproxy: { kind: 'child' | 'neighbour'; version: string; pid: number; oldWorkers: number };
  renderer: { reachable: boolean; lastPoll: string | undefined; lastError: string | undefined };
  lastReload: { at: string; reason: string; durationMs: number } | undefined;
  draining: boolean;
  readonly counts: Counts;
}

/** Whole numbers since the start, under the names of their metrics. */
export interface Counts {
  polls: number;
  pollFailures: number;
  reloads: number;
  reloadMs: number;
  runtimeApplies: number;
  refusals: number;
  rollbacks: number;
  repairs: number;
  starts: number;
  guardDrops: number;
}

export function createStatus(kind: 'child' | 'neighbour'): Status {
  return {
    live: undefined,
    wanted: undefined,
    lastGood: undefined,
    refused: [],
    haproxy: { kind, version: '', pid: 0, oldWorkers: 0 },
    renderer: { reachable: false, lastPoll: undefined, lastError: undefined },
    lastReload: undefined,
    draining: false,
    counts: {
      polls: 0,
      pollFailures: 0,
      reloads: 0,
      reloadMs: 0,
      runtimeApplies: 0,
      refusals: 0,
      rollbacks: 0,
      repairs: 0,
      starts: 0,
      guardDrops: 0,
    },
  };
}

/** Ready is: HAProxy itself tells the hash of a verified release. The renderer may be away. */
export function isReady(status: Status): boolean {
  return !status.draining && status.live !== undefined && status.live === status.lastGood;
}

const metric = (name: string, type: 'counter' | 'gauge', meaning: string, value: number) =>
  `# HELP haproxy_reloader_${name} ${meaning}\n# TYPE haproxy_reloader_${name} ${type}\nhaproxy_reloader_${name} ${value}\n`;

/** The Prometheus text format, 0.0.4. */
export function formatMetrics(status: Status): string {
  const { counts } = status;
  return [
    metric('ready', 'gauge', 'HAProxy runs a verified release.', isReady(status) ? 1 : 0),
    metric(
      'in_sync',
      'gauge',
      'HAProxy runs what the renderer wants.',
      status.wanted === status.live ? 1 : 0,
    ),
    metric(
      'renderer_reachable',
      'gauge',
      'The last poll was answered.',
      status.renderer.reachable ? 1 : 0,
    ),
    metric('refused_releases', 'gauge', 'Releases that are refused now.', status.refused.length),
    metric(
      'old_workers',
      'gauge',
      'Workers that finish their connections.',
      status.haproxy.oldWorkers,
    ),
    metric('polls_total', 'counter', 'Polls sent.', counts.polls),
    metric('poll_failures_total', 'counter', 'Polls without a good answer.', counts.pollFailures),
    metric('reloads_total', 'counter', 'Reloads proven.', counts.reloads),
    metric(
      'reload_seconds_total',
      'counter',
      'Time until reloads were proven.',
      counts.reloadMs / 1000,
    ),
    metric(
      'runtime_applies_total',
      'counter',
      'Changes applied without a reload.',
      counts.runtimeApplies,
    ),
    metric('refusals_total', 'counter', 'Releases refused.', counts.refusals),
    metric(
      'rollbacks_total',
      'counter',
      'Reloads that failed and were taken back.',
      counts.rollbacks,
    ),
    metric(
      'repairs_total',
      'counter',
      'Times that HAProxy or the disk had to be brought back.',
      counts.repairs,
    ),
    metric('haproxy_starts_total', 'counter', 'Times that HAProxy was started.', counts.starts),
    metric(
      'guard_drops_total',
      'counter',
      'Times that the position was forgotten.',
      counts.guardDrops,
    ),
  ].join('');
}
