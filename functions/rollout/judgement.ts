import type { EvidenceSummary, Measure } from './evidence-summary.ts';

/** What the evidence of a candidate's step is measured by: settings, all with defaults. */
export interface Thresholds {
  /** Shares of fewer requests on either side are not compared (ROLLOUT_MIN_REQUESTS). */
  readonly minRequests: number;
  /** By how much a share may be worse, from 0 to 1 (ROLLOUT_TOLERANCE). */
  readonly tolerance: number;
  /** How likely a step that does no harm may be halted by chance, from 0 to 1 (ROLLOUT_SIGNIFICANCE). */
  readonly significance: number;
}

export interface JudgedStep {
  /** Of all replicas: `mergeSummaries`. */
  readonly summary: EvidenceSummary;
  /** Whether proxies remain that do not run the candidate. */
  readonly isLast: boolean;
  /** How long its proxies have run it, in milliseconds, and how long they are to. */
  readonly soakedMs: number;
  readonly soakMs: number;
  readonly thresholds: Thresholds;
}

export type Verdict =
  /** Nothing speaks against the candidate; `note` where little is known that speaks for it. */
  | { readonly kind: 'good'; readonly note?: string }
  | {
      readonly kind: 'bad';
      /** By which of the measures; `end` where HAProxy died or ran out of memory. */
      readonly by: Measure | 'end';
      /** In words and numbers, for people: one sentence without its full stop. */
      readonly reason: string;
    }
  /** The next step is to wait, for a bounded time. */
  | { readonly kind: 'wait'; readonly why: string };

/** HAProxy that dies counts at once, unless those on the stable revision die as often. */
function judgeEnds({ ends: { candidate, stable } }: EvidenceSummary): Verdict | undefined {
  const { dead, outOfMemory, proxies, witness = 'a proxy' } = candidate;
  const ended = Math.max(dead, outOfMemory);
  if (ended === 0) return undefined;
  const others = Math.max(stable.dead, stable.outOfMemory);
  if (others * proxies >= ended * stable.proxies && others > 0) return undefined;
  const how = outOfMemory > 0 ? 'ran out of memory' : 'died';
  const rest = `${others} of ${stable.proxies} on the stable revision`;
  const reason = `HAProxy ${how} on ${ended} of ${proxies} proxies, ${witness} first, and on ${rest}`;
  return { kind: 'bad', by: 'end', reason };
}

/** What the evidence says of a candidate's step. */
export function judge({ summary }: JudgedStep): Verdict {
  return judgeEnds(summary) ?? { kind: 'good' };
}
