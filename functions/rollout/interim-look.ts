import { MEASURES, type Measure, type Aggregates, aggregatesOf } from './evidence-summary.ts';
import { shareOf } from './share.ts';
import { type Read, aggregate, votesOf } from './vote.ts';
import { type Span, type ProxyEvidence, worstOf } from './proxy-evidence.ts';

/**
 * Windows of the candidate that have just ended, beside what the others have seen of the same time: one replica's alone,
 * as soon as enough of the others have told of it. What goes bad for all is seen there, too: windows that end later hold
 * whatever these hold.
 */
export interface InterimLook {
  /** Of this step, from 1 on. */
  readonly number: number;
  readonly candidate: Aggregates;
  /** Those whose windows ended after: whatever was bad in them, as if it had all been in one window of the candidate's. */
  readonly stable: Aggregates;
  /** All others that are heard, each in the worst of its recent windows. */
  readonly peak: Aggregates;
  /** The same proxies of the candidate, each in the worst of its windows before. */
  readonly worst: Aggregates;
}

export interface InterimLooks {
  /** Another step begins. */
  begin(): void;
  /** What has not been looked at yet; undefined where there is nothing, or too few of the others have told so far. */
  take(heard: Heard): InterimLook | undefined;
}

/** The proxies that are heard by now. */
interface Heard {
  readonly candidate: readonly ProxyEvidence[];
  readonly stable: readonly ProxyEvidence[];
}

/** So many others show what happens to all. */
export const MOST_NEEDED = 30;
/** So many times in a window it is looked at most: each look costs some certainty. */
const LOOKS = 10;

const lastOf = ({ recent }: ProxyEvidence['stable'], measure: Measure): Span | undefined =>
  recent[measure][0];

/** The worst of its windows, by its share. */
export const peakOf = (windows: readonly Span[]): Span | undefined =>
  windows.reduce<Span | undefined>(
    (worst, one) => (worst && shareOf(worst) >= shareOf(one) ? worst : one),
    undefined,
  );

/** How many requests of the windows after a time there are in a window of this length, and all of the bad ones. */
function condense(windows: readonly Span[], since: number, ms: number): Span | undefined {
  const covering = windows.filter(({ at }, i) => i === 0 || at > since);
  const [last] = covering;
  const allMs = covering.reduce((sum, one) => sum + one.ms, 0);
  if (!last || allMs === 0) return undefined;
  const all = covering.reduce((sum, { of }) => sum + of, 0);
  const bad = covering.reduce((sum, one) => sum + one.bad, 0);
  const of = Math.max(bad, Math.round((all * Math.min(ms, allMs)) / allMs));
  return { bad, of, at: last.at, ms };
}

/** Looks at each window of the candidate once. */
export function createInterimLooks(options: {
  readonly windowMs: number;
  readonly tolerance: number;
  readonly now: () => number;
}): InterimLooks {
  const { windowMs, tolerance, now } = options;
  let number = 0;
  let lookedAt = Number.NEGATIVE_INFINITY;
  /** Windows of the candidate that ended until then were looked at. */
  let until = Number.NEGATIVE_INFINITY;

  /** The latest time after which enough of the others have told. */
  function enoughSince({ stable }: Heard): number | undefined {
    const ends = stable.flatMap(({ stable: told }) => lastOf(told, 'answers')?.at ?? []);
    const [edge] = ends.sort((a, b) => b - a).slice(MOST_NEEDED - 1);
    // Those that ended at the same time as theirs are not after it.
    return edge === undefined ? undefined : edge - 1;
  }

  function look({ candidate, stable }: Heard, from: number, to: number): InterimLook | undefined {
    const fresh = ({ candidate: told }: ProxyEvidence, measure: Measure): Span | undefined => {
      const span = lastOf(told, measure);
      return span && span.at > from && span.at <= to ? span : undefined;
    };
    const spans = (measure: Measure) => candidate.flatMap((one) => fresh(one, measure) ?? []);
    if (MEASURES.every((measure) => spans(measure).length === 0)) return undefined;

    const beside = (measure: Measure) => {
      const mine = spans(measure);
      const ms = Math.max(0, ...mine.map((one) => one.ms));
      const since = Math.min(to, ...mine.map((one) => one.at - one.ms));
      const read: Read = ({ stable: { recent } }) =>
        (recent[measure][0]?.at ?? 0) > to ? condense(recent[measure], since, ms) : undefined;
      return aggregate(votesOf(stable, { read, tolerance })(measure));
    };
    const others = aggregatesOf(beside);
    const of = (proxies: readonly ProxyEvidence[], read: Read) =>
      aggregatesOf((measure) =>
        aggregate(votesOf(proxies, { read, tolerance, stable: others })(measure)),
      );
    number += 1;
    return {
      number,
      candidate: of(candidate, fresh),
      stable: others,
      peak: of(stable, (proxy, measure) => peakOf(proxy.stable.recent[measure])),
      worst: of(candidate, (proxy, measure) => fresh(proxy, measure) && worstOf(proxy)[measure]),
    };
  }

  return {
    begin() {
      number = 0;
      until = now();
    },
    take(heard) {
      if (now() - lookedAt < windowMs / LOOKS) return undefined;
      const to = enoughSince(heard);
      if (to === undefined || to <= until) return undefined;
      const interimLook = look(heard, until, to);
      until = to;
      if (interimLook) lookedAt = now();
      return interimLook;
    },
  };
}
