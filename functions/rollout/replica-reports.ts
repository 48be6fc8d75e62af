import type { Candidate, Rollout } from '../core/rollout.ts';
import { parseReport, type Report } from './report.ts';

/** The other replicas, as far as their reports show that they are alive. */
export interface ReplicaReports {
  /** Looks at the reports that the rollout has by now. */
  look(rollout: Rollout): void;
  /** What those that are alive say of this candidate and step. */
  reports(candidate: Candidate): readonly Report[];
  /** Those that have not been heard of for long: their reports are of no use. */
  lost(): readonly string[];
}

interface Heard {
  readonly report: Report;
  /** On this replica's own clock. */
  readonly at: number;
}

/** Heard of by how their reports change, on this replica's own clock: clocks differ, and step. */
export function createReplicaReports(options: {
  /** This replica's own name. */
  readonly own: string;
  /** Without another report for so long, in milliseconds, a replica counts as gone. */
  readonly patienceMs: number;
  readonly now: () => number;
}): ReplicaReports {
  const { own, patienceMs, now } = options;
  const heard = new Map<string, Heard>();
  const garbage = new Set<string>();
  const isLost = ({ at }: Heard) => now() - at > patienceMs;
  return {
    look({ reports = {} }) {
      garbage.clear();
      for (const [id, text] of Object.entries(reports)) {
        const report = parseReport(text);
        if (!report) garbage.add(id);
        else if (id !== own && heard.get(id)?.report.beat !== report.beat)
          heard.set(id, { report, at: now() });
      }
      for (const id of heard.keys()) if (!Object.hasOwn(reports, id)) heard.delete(id);
    },
    reports: ({ hash, step }) =>
      [...heard.values()]
        .filter((one) => !isLost(one) && one.report.hash === hash && one.report.step === step)
        .map(({ report }) => report),
    lost: () => [...garbage, ...[...heard].filter(([, one]) => isLost(one)).map(([id]) => id)],
  };
}
