import type { Evidence } from '../wire/evidence.ts';
import { MEASURES, type Measure, RECENT_WINDOWS } from './evidence-summary.ts';
import { type Share, shareOf } from './share.ts';

/** What one proxy has reported of one window, or of several together. */
export type Counts = Readonly<Partial<Record<Measure, Share>>>;

export type Side = 'stable' | 'candidate';

/** One window. */
export interface Span extends Share {
  /** When its end was reported. */
  readonly at: number;
  /** How long it was, in milliseconds. */
  readonly ms: number;
}

/** What one proxy has reported while it ran one revision. */
export interface RevisionEvidence {
  /** The last windows, the newest first: servers and backends are not reported in each. */
  recent: Readonly<Record<Measure, readonly Span[]>>;
  /** Since the step began. */
  step: Counts;
  /** Since it was first seen with the stable revision; with the candidate, since it runs that. */
  deaths: number;
  outOfMemory: number;
}

/** One proxy, as it runs the stable revision, and the candidate. */
export interface ProxyEvidence {
  readonly stable: RevisionEvidence;
  readonly candidate: RevisionEvidence;
  /** With which it was last seen, and when. */
  side: Side;
  reportedAt: number;
  /** The step in which it was first seen with the candidate. */
  firstStep: number | undefined;
  /** All windows before it ran the candidate, and the worst of them, measure by measure. */
  before: Counts;
  worst: Counts;
  /** Those of them that ended before the step began. */
  earlier: Counts;
  /** What its HAProxy counted in all of its life before: for those of which no window is known. */
  life: Counts;
  /** How often its HAProxy had died, or run out of memory, when it was first seen with the stable revision. */
  past: { readonly deaths: number; readonly outOfMemory: number } | undefined;
}

const newRevisionEvidence = (): RevisionEvidence => ({
  recent: { answers: [], connections: [], responses: [], servers: [] },
  step: {},
  deaths: 0,
  outOfMemory: 0,
});

export const newProxyEvidence = (): ProxyEvidence => ({
  stable: newRevisionEvidence(),
  candidate: newRevisionEvidence(),
  side: 'stable',
  reportedAt: 0,
  firstStep: undefined,
  before: {},
  earlier: {},
  worst: {},
  life: {},
  past: undefined,
});

export function countsOf({ answers, failures, backends, servers }: Evidence): Counts {
  return {
    ...(answers > 0 && { answers: { bad: failures, of: answers } }),
    ...(backends && {
      connections: { bad: backends.connectErrors, of: backends.requests },
      responses: { bad: backends.responseErrors, of: backends.requests },
    }),
    ...(servers && { servers: { bad: servers.all - servers.up, of: servers.all } }),
  };
}

function combine(a: Counts, b: Counts, choose: (a: Share, b: Share) => Share): Counts {
  const entries = MEASURES.flatMap((measure) => {
    const [x, y] = [a[measure], b[measure]];
    const chosen = x && y ? choose(x, y) : (x ?? y);
    return chosen ? [[measure, chosen] as const] : [];
  });
  return Object.fromEntries(entries);
}

const addCounts = (a: Counts, b: Counts): Counts =>
  combine(a, b, (x, y) => ({ bad: x.bad + y.bad, of: x.of + y.of }));

const worseOf = (a: Counts, b: Counts): Counts =>
  combine(a, b, (x, y) => (shareOf(y) > shareOf(x) ? y : x));

function addRecent(
  recent: RevisionEvidence['recent'],
  counts: Counts,
  { evidence: { seconds, backends }, at }: EvidenceReport,
): RevisionEvidence['recent'] {
  const entries = MEASURES.map((measure) => {
    const { [measure]: share } = counts;
    const all = recent[measure];
    if (!share) return [measure, all] as const;
    const ofBackends = measure === 'connections' || measure === 'responses';
    const ms = 1000 * (ofBackends ? (backends?.seconds ?? seconds) : seconds);
    return [measure, [{ ...share, at, ms }, ...all].slice(0, RECENT_WINDOWS)] as const;
  });
  return Object.fromEntries(entries) as unknown as RevisionEvidence['recent'];
}

/** What a proxy reports at a time; `isLife` where it is of all of its HAProxy's life. */
export interface EvidenceReport {
  readonly evidence: Evidence;
  readonly at: number;
  readonly step: number;
  readonly isLife: boolean;
}

function recordEnds(proxy: ProxyEvidence, side: Side, { deaths, outOfMemory }: Evidence): void {
  if (side === 'stable') proxy.past ??= { deaths, outOfMemory };
  const past = side === 'stable' ? proxy.past : undefined;
  const own = proxy[side];
  own.deaths = Math.max(own.deaths, deaths - (past?.deaths ?? 0));
  own.outOfMemory = Math.max(own.outOfMemory, outOfMemory - (past?.outOfMemory ?? 0));
}

/** Takes what a proxy reports. */
export function record(proxy: ProxyEvidence, side: Side, report: EvidenceReport): void {
  const { evidence, at, step, isLife } = report;
  const own = proxy[side];
  const counts = countsOf(evidence);
  proxy.side = side;
  proxy.reportedAt = at;
  if (side === 'candidate') proxy.firstStep ??= step;
  recordEnds(proxy, side, evidence);
  if (isLife) {
    if (side === 'stable') proxy.life = counts;
    return;
  }
  own.recent = addRecent(own.recent, counts, report);
  own.step = addCounts(own.step, counts);
  if (side === 'candidate') return;
  proxy.before = addCounts(proxy.before, counts);
  proxy.worst = worseOf(proxy.worst, counts);
}

/** Another step begins. */
export function beginStep(proxy: ProxyEvidence): void {
  proxy.stable.step = {};
  proxy.candidate.step = {};
  proxy.earlier = proxy.before;
}

/** Before it ran the candidate: by windows where there were any. */
export const beforeOf = ({ before, life }: ProxyEvidence): Counts => ({ ...life, ...before });
/** Before what is looked at: one that runs the stable revision is not to be measured by what it does now. */
export const pastOf = (proxy: ProxyEvidence): Counts =>
  proxy.side === 'candidate' ? beforeOf(proxy) : { ...proxy.life, ...proxy.earlier };
export const worstOf = ({ worst, life }: ProxyEvidence): Counts => worseOf(life, worst);
