/**
 * Whether a candidate does worse than the stable revision, by what its proxies have told.
 *
 * A share (of failed answers, of requests that reached no server, of requests without a good answer, of servers that are
 * down) is worse where all of this holds:
 *
 * - The least that it may truly be is above the most that the others' may be, by more than the tolerance. Both bounds
 *   are exact for any number of requests, and together wrong with a chance of at most alpha.
 * - The same against the candidate's own proxies before, where that is known. Where none runs the stable revision any
 *   more, against them at their worst.
 * - It is spread over the candidate's proxies, more than chance would spread it: one bad node is no bad revision. In a
 *   step of one proxy that proxy decides.
 *
 * One window of the candidate is enough where its share is worse by five times the tolerance, beside 30 others whose
 * windows ended later, and as many bad ones in them as in two of theirs; and where chance would hardly ever have chosen
 * just these proxies of all that are heard. What is slighter, or has fewer to be compared with, takes two windows in a
 * row; without any others, three.
 *
 * Who looks often finds something by chance: the k-th look at each of ten comparisons is given alpha = significance / 10 /
 * (k (k + 1)), and the sum of these over any number of looks is no more than the significance. Each replica looks at
 * single windows by itself, so that their alpha is shared among the replicas.
 */
import {
  compare,
  comparedAtOnce,
  comparedOf,
  describe,
  type Horizon,
  isGross,
  type Rule,
} from './comparison.ts';
import { type EvidenceSummary, MEASURES, type Measure } from './evidence-summary.ts';
import type { InterimLook } from './interim-look.ts';

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
  /** Of this replica alone, where there is something new. */
  readonly interimLook?: InterimLook | undefined;
  /** So many replicas look. */
  readonly replicas?: number;
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
  /** The next step is to wait: for three more soaks at most. */
  | { readonly kind: 'wait'; readonly why: string };

/** Servers are counted as they are now: windows of them do not add up. */
const COMPARISONS: readonly (readonly [Measure, Horizon])[] = [
  ...MEASURES.map((measure) => [measure, 'recent'] as const),
  ...MEASURES.filter((measure) => measure !== 'servers').map(
    (measure) => [measure, 'step'] as const,
  ),
];
/** One window decides by what has happened in it: servers are told as they are at one moment. */
const AT_ONCE = MEASURES.filter((measure) => measure !== 'servers');
/** What is not known after so many soaks will not be known. */
const MOST_SOAKS = 4;

/** HAProxy that dies counts at once, unless those on the stable revision die as often. */
function judgeEnds({ ends: { candidate, stable } }: EvidenceSummary): Verdict | undefined {
  const { dead, outOfMemory, proxies, example = 'a proxy' } = candidate;
  const ended = Math.max(dead, outOfMemory);
  const others = Math.max(stable.dead, stable.outOfMemory);
  const isAlike = others > 0 && ended * stable.proxies <= others * proxies;
  if (ended === 0 || isAlike) return undefined;
  const how = outOfMemory > 0 ? 'ran out of memory' : 'died';
  const rest = `${others} of ${stable.proxies} on the stable revision`;
  const reason = `HAProxy ${how} on ${ended} of ${proxies} proxies of the candidate (${example}), on ${rest}`;
  return { kind: 'bad', by: 'end', reason };
}

function ruleOf(measure: Measure, looks: number, thresholds: Thresholds): Rule {
  const { minRequests, tolerance, significance } = thresholds;
  const look = Math.max(1, looks);
  const chance = significance / (COMPARISONS.length + AT_ONCE.length) / (look * (look + 1));
  return { atLeast: measure === 'servers' ? 1 : minRequests, tolerance, chance, looks: look };
}

/** What one window shows, where that is gross. */
function judgeAtOnce({ interimLook, replicas = 1, thresholds }: JudgedStep): Verdict | undefined {
  if (!interimLook) return undefined;
  for (const measure of AT_ONCE) {
    const rule = ruleOf(measure, interimLook.number, thresholds);
    const compared = comparedAtOnce(interimLook, measure, rule);
    if (compared && isGross(compared, { ...rule, chance: rule.chance / replicas }))
      return { kind: 'bad', by: measure, reason: describe(compared) };
  }
  return undefined;
}

/** Why the numbers say little, where they do. */
function lackOf({ step, ends }: EvidenceSummary, minRequests: number): Lack | undefined {
  if (ends.candidate.proxies === 0)
    return { why: 'no proxy has reported its counts yet', isSoon: ends.stable.proxies > 0 };
  const requests = (sides: typeof step, side: 'candidate' | 'stable') =>
    Math.max(sides[side].answers.of, sides[side].connections.of);
  const seen = requests(step, 'candidate');
  if (seen >= minRequests) return undefined;
  const why = `${seen} of ${minRequests} requests seen`;
  return { why, isSoon: seen > 0 || requests(step, 'stable') >= minRequests };
}

interface Lack {
  readonly why: string;
  /** Whether more can be hoped for: a fleet without requests is not waited for. */
  readonly isSoon: boolean;
}

/** What the evidence says of a candidate's step. */
export function judge(step: JudgedStep): Verdict {
  const { summary, soakedMs, soakMs, thresholds } = step;
  const sudden = judgeEnds(summary) ?? judgeAtOnce(step);
  if (sudden) return sudden;
  const doubts: string[] = [];
  for (const [measure, horizon] of COMPARISONS) {
    const rule = ruleOf(measure, summary.looks, thresholds);
    const compared = comparedOf(summary, [measure, horizon], rule);
    const finding = compared ? compare(compared, rule) : 'alike';
    if (!compared || finding === 'alike') continue;
    if (finding === 'worse') return { kind: 'bad', by: measure, reason: describe(compared) };
    doubts.push(describe(compared));
  }
  const isPatient = soakedMs < MOST_SOAKS * soakMs;
  const [doubt] = doubts;
  if (doubt !== undefined && isPatient) return { kind: 'wait', why: `not sure yet: ${doubt}` };
  const lack = lackOf(summary, thresholds.minRequests);
  if (!lack) return { kind: 'good' };
  return lack.isSoon && isPatient
    ? { kind: 'wait', why: lack.why }
    : { kind: 'good', note: `too little is known: ${lack.why}` };
}
