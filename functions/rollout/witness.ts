import type { Evidence } from '../wire/evidence.ts';
import { MEASURES, type Measure, RECENT_WINDOWS } from './evidence-summary.ts';
import { type Share, shareOf } from './share.ts';

/** What one proxy has told of one window, or of several together. */
export type Counts = Readonly<Partial<Record<Measure, Share>>>;

export type Side = 'stable' | 'candidate';

/** One window. */
export interface Span extends Share {
  /** When it was told that it had ended. */
  readonly at: number;
  /** How long it was, in milliseconds. */
  readonly ms: number;
}

/** What one proxy has told while it ran one revision. */
export interface Testimony {
  /** The last windows, the newest first: servers and backends are not told in each. */
  recent: Readonly<Record<Measure, readonly Span[]>>;
  /** Since the step began. */
  step: Counts;
  /** Since it was first heard with the stable revision; with the candidate, since it runs that. */
  deaths: number;
  outOfMemory: number;
}

/** One proxy, as it runs the stable revision, and the candidate. */
export interface Witness {
  readonly stable: Testimony;
  readonly candidate: Testimony;
  /** With which it was last heard, and when. */
  side: Side;
  heardAt: number;
  /** The step in which it was first heard with the candidate. */
  cameIn: number | undefined;
  /** All windows before it ran the candidate, and the worst of them, measure by measure. */
  before: Counts;
  worst: Counts;
  /** Those of them that ended before the step began. */
  earlier: Counts;
  /** What its HAProxy counted in all of its life before: for those of which no window is known. */
  life: Counts;
  /** How often its HAProxy had died, or run out of memory, when it was first heard with the stable revision. */
  past: { readonly deaths: number; readonly outOfMemory: number } | undefined;
}

const newTestimony = (): Testimony => ({
  recent: { answers: [], connections: [], responses: [], servers: [] },
  step: {},
  deaths: 0,
  outOfMemory: 0,
});

export const newWitness = (): Witness => ({
  stable: newTestimony(),
  candidate: newTestimony(),
  side: 'stable',
  heardAt: 0,
  cameIn: undefined,
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
  recent: Testimony['recent'],
  counts: Counts,
  { evidence: { seconds, backends }, at }: Told,
): Testimony['recent'] {
  const entries = MEASURES.map((measure) => {
    const { [measure]: share } = counts;
    const all = recent[measure];
    if (!share) return [measure, all] as const;
    const ofBackends = measure === 'connections' || measure === 'responses';
    const ms = 1000 * (ofBackends ? (backends?.seconds ?? seconds) : seconds);
    return [measure, [{ ...share, at, ms }, ...all].slice(0, RECENT_WINDOWS)] as const;
  });
  return Object.fromEntries(entries) as unknown as Testimony['recent'];
}

/** What a proxy told at a time; `isLife` where it is of all of its HAProxy's life. */
export interface Told {
  readonly evidence: Evidence;
  readonly at: number;
  readonly step: number;
  readonly isLife: boolean;
}

function hearEnds(witness: Witness, side: Side, { deaths, outOfMemory }: Evidence): void {
  if (side === 'stable') witness.past ??= { deaths, outOfMemory };
  const past = side === 'stable' ? witness.past : undefined;
  const testimony = witness[side];
  testimony.deaths = Math.max(testimony.deaths, deaths - (past?.deaths ?? 0));
  testimony.outOfMemory = Math.max(testimony.outOfMemory, outOfMemory - (past?.outOfMemory ?? 0));
}

/** Takes what a proxy tells. */
export function hear(witness: Witness, side: Side, told: Told): void {
  const { evidence, at, step, isLife } = told;
  const testimony = witness[side];
  const counts = countsOf(evidence);
  witness.side = side;
  witness.heardAt = at;
  if (side === 'candidate') witness.cameIn ??= step;
  hearEnds(witness, side, evidence);
  if (isLife) {
    if (side === 'stable') witness.life = counts;
    return;
  }
  testimony.recent = addRecent(testimony.recent, counts, told);
  testimony.step = addCounts(testimony.step, counts);
  if (side === 'candidate') return;
  witness.before = addCounts(witness.before, counts);
  witness.worst = worseOf(witness.worst, counts);
}

/** Another step begins. */
export function beginStep(witness: Witness): void {
  witness.stable.step = {};
  witness.candidate.step = {};
  witness.earlier = witness.before;
}

/** Before it ran the candidate: by windows where there were any. */
export const beforeOf = ({ before, life }: Witness): Counts => ({ ...life, ...before });
/** Before what is looked at: one that runs the stable revision is not to be measured by what it does now. */
export const pastOf = (witness: Witness): Counts =>
  witness.side === 'candidate' ? beforeOf(witness) : { ...witness.life, ...witness.earlier };
export const worstOf = ({ worst, life }: Witness): Counts => worseOf(life, worst);
