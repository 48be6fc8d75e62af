import type { EvidenceSummary } from './evidence-summary.ts';

/** The step whose evidence is gathered; another step, or another pair of revisions, begins anew. */
export interface WatchedStep {
  /** Hashes. */
  readonly candidate: string;
  readonly stable: string | undefined;
  readonly step: number;
}

/** What the proxies that poll this replica tell of themselves. */
export interface EvidenceBook {
  /** Begins to gather, goes on where it is the same step, and with undefined forgets all. */
  watch(step: WatchedStep | undefined): void;
  /**
   * Takes the header X-Evidence of a poll. One that is no evidence, or of neither revision, is not looked at.
   *
   * @param proxy its name, as far as it is proven, with its fleet
   */
  note(proxy: string, header: string | undefined): void;
  /** Of all that was noted: it changes only when a window has ended, and where HAProxy has died. */
  summary(): EvidenceSummary;
}
