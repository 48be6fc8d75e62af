/**
 * What one replica, or all of them together, know of a candidate's step by the evidence of proxies: sums alone, so that
 * it is as small for 10,000 proxies as for one, and those of several replicas add up, in any order.
 */
export interface EvidenceSummary {
  /** How often it was looked at anew: each replica counts its own, so that the sum bounds the looks at the whole. */
  readonly looks: number;
  /** The last window of each proxy, the one before, and the one before that: quick to show what has just begun. */
  readonly recent: readonly Sides[];
  /** Those on the stable revision, each in the worst of its recent windows. */
  readonly peak: Aggregates;
  /** Seen since the step began: shows small differences. */
  readonly step: Sides;
  /** The candidate's proxies, each before it ran the candidate. */
  readonly before: Aggregates;
  /** Those of them that began to run it in this step, each in the worst of its windows before. */
  readonly worst: Aggregates;
  readonly ends: { readonly candidate: Ends; readonly stable: Ends };
}

/** So many windows are recent. */
export const RECENT_WINDOWS = 3;

/** Over the same time, but for the phase of each proxy's windows. */
export interface Sides {
  readonly candidate: Aggregates;
  readonly stable: Aggregates;
}

/**
 * What is compared, each as a share: answers of 500 and above of all; requests that reached no server; those whose
 * server gave no good answer; servers that are down.
 */
export const MEASURES = ['answers', 'connections', 'responses', 'servers'] as const;
export type Measure = (typeof MEASURES)[number];
export type Aggregates = Readonly<Record<Measure, Aggregate>>;

/** Whole numbers. No proxy weighs more than three times the one in the middle. */
export interface Aggregate {
  readonly bad: number;
  readonly of: number;
  /** Proxies that were counted. */
  readonly proxies: number;
  /** Those of them that do worse than they did before, and than others do. */
  readonly worse: number;
}

/** How HAProxy ended, or ran out of memory, while it ran the revision. */
export interface Ends {
  /** Proxies that were heard of. */
  readonly proxies: number;
  /** Those whose HAProxy has died. */
  readonly dead: number;
  /** Those whose HAProxy ran out of memory. */
  readonly outOfMemory: number;
  /** One of them, for people: the first by name. */
  readonly example?: string;
}

export const NO_AGGREGATE: Aggregate = { bad: 0, of: 0, proxies: 0, worse: 0 };
const NO_AGGREGATES = aggregatesOf(() => NO_AGGREGATE);
const NO_SIDES: Sides = { candidate: NO_AGGREGATES, stable: NO_AGGREGATES };
const NO_ENDS: Ends = { proxies: 0, dead: 0, outOfMemory: 0 };

/** Of a step that nothing is known of. */
export const NO_SUMMARY: EvidenceSummary = {
  looks: 0,
  recent: [NO_SIDES, NO_SIDES, NO_SIDES],
  peak: NO_AGGREGATES,
  step: NO_SIDES,
  before: NO_AGGREGATES,
  worst: NO_AGGREGATES,
  ends: { candidate: NO_ENDS, stable: NO_ENDS },
};

export function aggregatesOf(of: (measure: Measure) => Aggregate): Aggregates {
  return {
    answers: of('answers'),
    connections: of('connections'),
    responses: of('responses'),
    servers: of('servers'),
  };
}

const addAggregate = (a: Aggregate, b: Aggregate): Aggregate => ({
  bad: a.bad + b.bad,
  of: a.of + b.of,
  proxies: a.proxies + b.proxies,
  worse: a.worse + b.worse,
});

const addAggregates = (a: Aggregates, b: Aggregates): Aggregates =>
  aggregatesOf((measure) => addAggregate(a[measure], b[measure]));

const addSides = (a: Sides, b: Sides): Sides => ({
  candidate: addAggregates(a.candidate, b.candidate),
  stable: addAggregates(a.stable, b.stable),
});

function addEnds(a: Ends, b: Ends): Ends {
  const [example] = [a.example, b.example].filter((name) => name !== undefined).sort();
  return {
    proxies: a.proxies + b.proxies,
    dead: a.dead + b.dead,
    outOfMemory: a.outOfMemory + b.outOfMemory,
    ...(example !== undefined && { example }),
  };
}

/** What two replicas know together. */
export function mergeSummaries(a: EvidenceSummary, b: EvidenceSummary): EvidenceSummary {
  return {
    looks: a.looks + b.looks,
    recent: a.recent.map((sides, age) => addSides(sides, b.recent[age] ?? NO_SIDES)),
    peak: addAggregates(a.peak, b.peak),
    step: addSides(a.step, b.step),
    before: addAggregates(a.before, b.before),
    worst: addAggregates(a.worst, b.worst),
    ends: {
      candidate: addEnds(a.ends.candidate, b.ends.candidate),
      stable: addEnds(a.ends.stable, b.ends.stable),
    },
  };
}
