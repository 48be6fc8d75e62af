import { formatSummary, parseSummary } from './evidence-packing.ts';
import { type EvidenceSummary, NO_SUMMARY } from './evidence-summary.ts';

/** What one replica sees of the proxies that are to run a candidate, in one step. */
export interface Report {
  /** The candidate's hash and its step: what was said of another one does not count. */
  readonly hash: string;
  readonly step: number;
  /** Grows with each report of its replica, so that others see that it is alive, whatever their clocks say. */
  readonly beat: number;
  /** Proxies that are to run the candidate, and were seen lately. */
  readonly live: number;
  /** Those of them that run it. */
  readonly running: number;
  /** The steps of its settings, and why the next one has not begun: for people. */
  readonly steps: readonly string[];
  readonly waits: string;
  /** What the proxies have told it. */
  readonly evidence: EvidenceSummary;
}

type Packed = Omit<Report, 'evidence'> & { readonly evidence: string };

const isCount = (value: unknown): value is number =>
  Number.isSafeInteger(value) && Number(value) >= 0;

export const formatReport = ({ evidence, ...report }: Report): string =>
  JSON.stringify({ ...report, evidence: formatSummary(evidence) });

/** Reads a report; undefined for garbage, whoever wrote it. */
export function parseReport(text: string): Report | undefined {
  try {
    const { hash, step, beat, live, running, ...rest } = JSON.parse(text) as Packed;
    const isWhole = typeof hash === 'string' && [step, beat, live, running].every(isCount);
    const steps = Array.isArray(rest.steps) ? rest.steps.map(String) : [];
    const waits = typeof rest.waits === 'string' ? rest.waits : '';
    const evidence = parseSummary(String(rest.evidence)) ?? NO_SUMMARY;
    return isWhole ? { hash, step, beat, live, running, steps, waits, evidence } : undefined;
  } catch {
    return undefined;
  }
}
