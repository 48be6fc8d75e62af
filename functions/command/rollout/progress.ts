import type { Rollout } from '../../core/rollout.ts';
import { parseReport } from '../../rollout/report.ts';
import { shortHash } from '../../core/revision.ts';

/** How far a candidate has come, as all replicas say together. */
export interface RolloutProgress {
  readonly candidate: string;
  /** From 1 on; `steps` as the settings have them, where a replica has said so. */
  readonly step: number;
  readonly steps: readonly string[];
  readonly since: string;
  /** Proxies that are to run it, and those that do. */
  readonly live: number;
  readonly running: number;
  /** Why the next step has not begun, sorted. */
  readonly waits: readonly string[];
}

const WIDTH = 20;

/** Undefined where nothing is rolled out, or a pinned revision is served instead. */
export function readProgress({
  candidate,
  pinned,
  reports = {},
}: Rollout): RolloutProgress | undefined {
  if (!candidate || pinned !== undefined) return undefined;
  const { hash, step, since } = candidate;
  const said = Object.values(reports)
    .flatMap((text) => parseReport(text) ?? [])
    .filter((report) => report.hash === hash && report.step === step);
  const waits = new Set(said.map((report) => report.waits).filter(Boolean));
  return {
    candidate: hash,
    step: step + 1,
    steps: said[0]?.steps ?? [],
    since,
    live: said.reduce((sum, { live }) => sum + live, 0),
    running: said.reduce((sum, { running }) => sum + running, 0),
    waits: [...waits].sort(),
  };
}

function barOf(step: number, count: number): string {
  const filled = Math.round((WIDTH * step) / Math.max(count, step));
  return `[${'#'.repeat(filled)}${'-'.repeat(WIDTH - filled)}] `;
}

/** Lines for people; with a bar on a terminal. */
export function formatProgress(progress: RolloutProgress, isTerminal: boolean): string {
  const { candidate, step, steps, live, running, waits } = progress;
  const of = steps.length > 0 ? ` of ${steps.length} (${steps[step - 1]})` : '';
  const bar = isTerminal && steps.length > 0 ? barOf(step, steps.length) : '';
  const why = waits.map((line) => `  ${line}\n`).join('');
  return `${bar}revision ${shortHash(candidate)}: step ${step}${of}, ${running} of ${live} proxies run it\n${why}`;
}
