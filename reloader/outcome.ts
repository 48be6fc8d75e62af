import type { Applied } from './apply.ts';
import type { Phases } from './runtime.ts';
import type { Status } from './status.ts';

/** What came of a bundle, and the way there. */
export interface Outcome {
  readonly applied: Applied;
  readonly phases: Phases;
}

const ROLLED_BACK = new Set(['reload-failed', 'haproxy-killed']);

function add(sums: { [name: string]: number }, values: Phases): void {
  for (const [name, value] of Object.entries(values)) sums[name] = (sums[name] ?? 0) + value;
}

/** Adds what was done to what is shown: metrics and /status. */
export function recordOutcome(status: Status, { applied, phases }: Outcome): void {
  const { counts } = status;
  switch (applied.kind) {
    case 'runtime':
      counts.runtimeApplies += 1;
      add(counts.operations, applied.report.operations);
      add(counts.runtimeMs, phases);
      return;
    case 'reloaded': {
      const { cause, reason } = applied;
      counts.reloads += 1;
      add(counts.reloadCauses, { [cause]: 1 });
      add(counts.reloadMs, phases);
      const durationMs = Math.round(phases.reload ?? 0);
      status.lastReload = { at: new Date().toISOString(), cause, reason, durationMs };
      return;
    }
    case 'started':
      counts.starts += 1;
      return;
    case 'refused':
      if (ROLLED_BACK.has(applied.code)) counts.rollbacks += 1;
  }
}
