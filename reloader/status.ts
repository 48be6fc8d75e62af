import type { Hold } from './holds/hold.ts';
import type { Refusal } from './refusal.ts';
import type { ReloadCause } from './reload.ts';

/** What the reloader knows of itself; what /status shows. */
export interface Status {
  /** The hash that the newest worker tells. */
  live: string | undefined;
  /** The newest hash that the renderer gave. */
  wanted: string | undefined;
  /** The revision in whose place `wanted` is, since it was refused here. */
  insteadOf: string | undefined;
  /** The last release proven to run. */
  lastGood: string | undefined;
  refused: readonly Refusal[];
  haproxy: {
    kind: 'child' | 'neighbour';
    version: string;
    pid: number;
    /** The process that serves; 0 where none is known. */
    worker: number;
    oldWorkers: number;
    /** Connections that old workers still serve. */
    oldConnections: number;
    /** Servers that left and wait for their connections to end. */
    waiting: number;
  };
  renderer: { reachable: boolean; lastPoll: string | undefined; lastError: string | undefined };
  lastReload: { at: string; cause: ReloadCause; reason: string; durationMs: number } | undefined;
  /** The last comparison of what runs with what should. */
  audit: { at: string; durationMs: number; drift: readonly Drift[] } | undefined;
  /** Servers that operators hold. */
  held: readonly Hold[];
  draining: boolean;
  readonly counts: Counts;
}

/** Something that another hand has changed in HAProxy. */
export interface Drift {
  /** As of `Difference`. */
  readonly code: string;
  /** `BACKEND/NAME`, or a file. */
  readonly where: string;
  /** In words. */
  readonly what: string;
  readonly mended: boolean;
  /** Why it is not. */
  readonly reason?: string;
}

/** Whole numbers since the start, under the names of their metrics. */
export interface Counts {
  polls: number;
  pollFailures: number;
  /** Bundles that came, by how they came. */
  readonly bundleForms: { [form: string]: number };
  reloads: number;
  runtimeApplies: number;
  refusals: number;
  rollbacks: number;
  repairs: number;
  starts: number;
  guardDrops: number;
  audits: number;
  /** Milliseconds that audits took. */
  auditMs: number;
  /** What another hand changed, by its code. */
  readonly differences: { [code: string]: number };
  /** Of reloads: how many by cause, milliseconds by phase. */
  readonly reloadCauses: { [cause: string]: number };
  readonly reloadMs: { [phase: string]: number };
  /** Of changes without a reload: operations by kind, milliseconds by phase. */
  readonly operations: { [kind: string]: number };
  readonly runtimeMs: { [phase: string]: number };
}

export function createStatus(kind: 'child' | 'neighbour'): Status {
  return {
    live: undefined,
    wanted: undefined,
    insteadOf: undefined,
    lastGood: undefined,
    refused: [],
    haproxy: { kind, version: '', pid: 0, worker: 0, oldWorkers: 0, oldConnections: 0, waiting: 0 },
    renderer: { reachable: false, lastPoll: undefined, lastError: undefined },
    lastReload: undefined,
    audit: undefined,
    held: [],
    draining: false,
    counts: {
      polls: 0,
      pollFailures: 0,
      bundleForms: {},
      reloads: 0,
      runtimeApplies: 0,
      refusals: 0,
      rollbacks: 0,
      repairs: 0,
      starts: 0,
      guardDrops: 0,
      audits: 0,
      auditMs: 0,
      differences: {},
      reloadCauses: {},
      reloadMs: {},
      operations: {},
      runtimeMs: {},
    },
  };
}

/** Ready is: HAProxy itself tells the hash of a verified release. The renderer may be away. */
export function isReady(status: Status): boolean {
  return !status.draining && status.live !== undefined && status.live === status.lastGood;
}

const metric = (name: string, type: 'counter' | 'gauge', meaning: string, value: number) =>
  `# HELP haproxy_reloader_${name} ${meaning}\n# TYPE haproxy_reloader_${name} ${type}\nhaproxy_reloader_${name} ${value}\n`;

interface Family {
  readonly name: string;
  readonly meaning: string;
  readonly label: string;
}

/** A counter with one label, its values sorted. */
function family({ name, meaning, label }: Family, values: { readonly [value: string]: number }) {
  const full = `haproxy_reloader_${name}`;
  const lines = Object.entries(values)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([value, count]) => `${full}{${label}="${value}"} ${count}\n`);
  return `# HELP ${full} ${meaning}\n# TYPE ${full} counter\n${lines.join('')}`;
}

const inSeconds = (values: { readonly [value: string]: number }) =>
  Object.fromEntries(Object.entries(values).map(([value, ms]) => [value, ms / 1000]));

/** The Prometheus text format, 0.0.4. */
export function formatMetrics(status: Status): string {
  const { counts } = status;
  return [
    metric('ready', 'gauge', 'HAProxy runs a verified release.', isReady(status) ? 1 : 0),
    metric(
      'in_sync',
      'gauge',
      'HAProxy runs the newest that the renderer has.',
      status.wanted === status.live && status.insteadOf === undefined ? 1 : 0,
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
    metric(
      'old_worker_connections',
      'gauge',
      'Connections that old workers still serve.',
      status.haproxy.oldConnections,
    ),
    metric(
      'waiting_servers',
      'gauge',
      'Servers that left and wait for their connections to end.',
      status.haproxy.waiting,
    ),
    metric('held_servers', 'gauge', 'Servers that operators hold.', status.held.length),
    metric(
      'drift',
      'gauge',
      'What others changed in HAProxy and the last audit could not repair.',
      status.audit?.drift.filter(({ mended }) => !mended).length ?? 0,
    ),
    family(
      { name: 'drift_total', meaning: 'Changes that others made in HAProxy.', label: 'code' },
      counts.differences,
    ),
    metric('audits_total', 'counter', 'Comparisons of what runs with what should.', counts.audits),
    metric(
      'audit_seconds_total',
      'counter',
      'Time that these comparisons took.',
      counts.auditMs / 1000,
    ),
    metric('polls_total', 'counter', 'Polls sent.', counts.polls),
    metric('poll_failures_total', 'counter', 'Polls without a good answer.', counts.pollFailures),
    family(
      { name: 'bundles_total', meaning: 'Bundles that came, by how they came.', label: 'form' },
      { delta: 0, doubt: 0, whole: 0, ...counts.bundleForms },
    ),
    family(
      { name: 'reloads_total', meaning: 'Reloads proven.', label: 'cause' },
      { plan: 0, ...counts.reloadCauses },
    ),
    family(
      { name: 'reload_seconds_total', meaning: 'Time that reloads took.', label: 'phase' },
      inSeconds(counts.reloadMs),
    ),
    metric(
      'runtime_applies_total',
      'counter',
      'Changes applied without a reload.',
      counts.runtimeApplies,
    ),
    family(
      { name: 'runtime_operations_total', meaning: 'Operations without a reload.', label: 'kind' },
      counts.operations,
    ),
    family(
      {
        name: 'runtime_seconds_total',
        meaning: 'Time that changes without a reload took.',
        label: 'phase',
      },
      inSeconds(counts.runtimeMs),
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
      'Times that HAProxy or the disk had to be restored.',
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
