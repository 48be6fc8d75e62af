import type { EvidenceSummary, Measure, Aggregate } from './evidence-summary.ts';
import { type InterimLook, MOST_NEEDED } from './interim-look.ts';
import { formatShare, largestShare, leastShare, type Share, shareOf } from './share.ts';
import { chanceOf, isSpread } from './spread.ts';

/** How sure it is to be that the candidate does worse. */
export interface Rule {
  /** Fewer on either side are not compared. */
  readonly atLeast: number;
  /** By how much the candidate's share may be larger. */
  readonly tolerance: number;
  /** How likely all of this may be chance. */
  readonly chance: number;
  /** How often it was looked at. */
  readonly looks: number;
}

/** Over the last windows, or over all of the step. */
export type Horizon = 'recent' | 'step';

export interface Compared {
  readonly measure: Measure;
  readonly candidate: Aggregate;
  /** Where enough of them are heard now. */
  readonly stable: Aggregate | undefined;
  readonly others: readonly Other[];
}

/** One with which the candidate's share is compared. */
interface Other {
  readonly aggregate: Share;
  readonly words: string;
}

/** So many times the tolerance is gross: worth no second window. */
const GROSS = 5;

/** What one window shows at once: where it is gross, beside enough others, and none of them is alike. */
export function comparedAtOnce(
  interimLook: InterimLook,
  measure: Measure,
  { atLeast }: Rule,
): Compared | undefined {
  const [candidate, stable] = [interimLook.candidate[measure], interimLook.stable[measure]];
  const isEnough = stable.proxies >= MOST_NEEDED && Math.min(candidate.of, stable.of) >= atLeast;
  if (!isEnough) return undefined;
  const beside = { aggregate: stable, words: 'at most on the stable revision at that time' };
  const atWorst = { aggregate: interimLook.worst[measure], words: AT_WORST };
  const others = [beside, ...(atWorst.aggregate.of * PAST >= atLeast ? [atWorst] : [])];
  return { measure, candidate, stable: interimLook.peak[measure], others };
}

export type Finding = 'worse' | 'perhaps' | 'alike';

/** Chances that give reason to wait. */
const PERHAPS = 0.05;
/**
 * Proxies begin their windows at different times: what has just begun on all of them is seen on some first. So the
 * candidate's better one of two windows is compared with the worst one of three of each of the others.
 */
const WINDOWS = { beside: 2, alone: 3 } as const;
/** A past of so many times fewer requests still says something: its bound is the wider. */
const PAST = 5;
/** How likely chance may have put those that do worse among the candidate's, where one window is to decide. */
const SPREAD_AT_ONCE = 0.005;
const NOBODY: Aggregate = { bad: 0, of: 0, proxies: 0, worse: 0 };

const AT_WORST = 'on the same proxies at their worst before';

const NOUNS: Readonly<Record<Measure, string>> = {
  answers: 'answers of 500 and above',
  connections: 'requests that reached no server',
  responses: 'requests whose server gave no good answer',
  servers: 'servers down',
};

const byShare = (a: Share, b: Share): number => shareOf(a) - shareOf(b);

interface Recent {
  readonly candidate: readonly Aggregate[];
  readonly stable: readonly Aggregate[];
}

const recentOf = ({ recent }: EvidenceSummary, measure: Measure): Recent => ({
  candidate: recent.map(({ candidate }) => candidate[measure]),
  stable: recent.map(({ stable }) => stable[measure]),
});

/** The candidate's best recent window; undefined where fewer are known than are needed, or of few of its proxies. */
function bestOf({ candidate, stable }: Recent, atLeast: number): Aggregate | undefined {
  const needed = (stable[0]?.of ?? 0) > 0 ? WINDOWS.beside : WINDOWS.alone;
  const all = candidate[0]?.proxies ?? 0;
  const known = candidate
    .slice(0, needed)
    .filter(({ of, proxies }) => of >= atLeast && proxies * 2 >= all);
  return known.length === needed ? known.sort(byShare)[0] : undefined;
}

/** Whether what the step shows is still so: what was bad for a while on all proxies weighs on some for longer. */
function isStillSo(recent: Recent, peak: Aggregate, tolerance: number): boolean {
  const best = bestOf(recent, 1);
  if (!best || shareOf(best) <= shareOf(peak) + tolerance) return false;
  return isAbove(best, peak, { tolerance: 0, chance: PERHAPS });
}

/**
 * With the stable ones at the same time, and with themselves before: where both are known the candidate must be worse
 * than both. Without the others, only with themselves at their worst, since nobody shows what time alone has changed.
 */
function othersOf(
  { before, worst }: EvidenceSummary,
  measure: Measure,
  stable: Aggregate | undefined,
): readonly Other[] {
  const atWorst = { aggregate: worst[measure], words: AT_WORST };
  if (!stable) return [atWorst];
  const beside = { aggregate: stable, words: 'on the stable revision' };
  return [beside, { aggregate: before[measure], words: 'on the same proxies before' }];
}

/** Whether most of those that are heard have told in this step: it has just begun, where few have. */
function isOfMost({ step, recent, peak }: EvidenceSummary, measure: Measure): boolean {
  const candidate = recent[0]?.candidate[measure].proxies ?? 0;
  const isMost = (told: number, of: number) => told * 2 >= of;
  return (
    isMost(step.candidate[measure].proxies, candidate) &&
    isMost(step.stable[measure].proxies, peak[measure].proxies)
  );
}

/** What there is to compare; undefined where it is too little. */
export function comparedOf(
  summary: EvidenceSummary,
  [measure, horizon]: readonly [Measure, Horizon],
  { atLeast, tolerance }: Rule,
): Compared | undefined {
  const recent = recentOf(summary, measure);
  const { candidate, stable } = summary.step;
  const isBeside = (recent.stable[0]?.of ?? 0) > 0;
  const own = horizon === 'recent' ? bestOf(recent, atLeast) : candidate[measure];
  const isLate = horizon === 'step' && !isStillSo(recent, summary.peak[measure], tolerance);
  if (!own || own.of < atLeast || isLate) return undefined;
  if (horizon === 'step' && !isOfMost(summary, measure)) return undefined;
  const beside = horizon === 'recent' ? summary.peak[measure] : stable[measure];
  const theirs = isBeside && beside.of >= atLeast ? beside : undefined;
  const others = othersOf(summary, measure, theirs).filter(
    ({ aggregate }) => aggregate.of * PAST >= atLeast,
  );
  return others.length === 0 ? undefined : { measure, candidate: own, stable: theirs, others };
}

/** The least that the candidate may be is above the most that the other may be: each with half of the chance. */
function isAbove(
  candidate: Share,
  other: Share,
  { tolerance, chance }: Pick<Rule, 'tolerance' | 'chance'>,
): boolean {
  if (shareOf(candidate) <= shareOf(other) + tolerance) return false;
  const least = leastShare(candidate, chance / 2);
  return least > largestShare(other, chance / 2) + tolerance;
}

export function compare({ candidate, stable, others }: Compared, rule: Rule): Finding {
  const isWorse = (chance: number) =>
    others.every(({ aggregate }) => isAbove(candidate, aggregate, { ...rule, chance }));
  if (!isWorse(PERHAPS)) return 'alike';
  return isWorse(rule.chance) && isSpread(candidate, stable ?? NOBODY, rule.looks)
    ? 'worse'
    : 'perhaps';
}

/** Whether it is sure without a second window. */
export function isGross({ candidate, stable = NOBODY, others }: Compared, rule: Rule): boolean {
  const gross = { ...rule, tolerance: GROSS * rule.tolerance };
  if (!others.every(({ aggregate }) => isAbove(candidate, aggregate, gross))) return false;
  return candidate.worse > 0 && chanceOf(candidate, stable) <= SPREAD_AT_ONCE;
}

const formatAggregate = (aggregate: Share): string =>
  `${formatShare(shareOf(aggregate))} (${aggregate.bad} of ${aggregate.of})`;

/** What was compared, in words: numbers are weighed, so that they may be less than what was counted. */
export function describe({ measure, candidate, others }: Compared): string {
  const rest = others.map(({ aggregate, words }) => `${formatAggregate(aggregate)} ${words}`);
  const where = `${candidate.worse} of ${candidate.proxies} proxies do worse than expected`;
  return `${NOUNS[measure]}: ${formatAggregate(candidate)} with the candidate, ${rest.join(', ')}; ${where}`;
}
