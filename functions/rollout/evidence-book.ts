import { parseEvidence, revisionMark } from '../wire/evidence.ts';
import {
  type Ends,
  type EvidenceSummary,
  type Measure,
  NO_SUMMARY,
  RECENT_WINDOWS,
  type Sides,
  type Aggregates,
  aggregatesOf,
} from './evidence-summary.ts';
import { createInterimLooks, type InterimLook, peakOf } from './interim-look.ts';
import { type Read, aggregate, votesOf } from './vote.ts';
import {
  beforeOf,
  beginStep,
  record,
  newProxyEvidence,
  type Side,
  type Span,
  type ProxyEvidence,
  worstOf,
} from './proxy-evidence.ts';

/** The step whose evidence is gathered; another step, or another pair of revisions, begins anew. */
export interface WatchedStep {
  /** Hashes. */
  readonly candidate: string;
  readonly stable: string | undefined;
  readonly step: number;
}

/** Whose word it is. */
export interface Speaker {
  /** The proxy's name, as far as it is proven, with its fleet. */
  readonly proxy: string;
  /** Whether it is to run the candidate: nobody else is heard of it. */
  readonly isAdmitted: boolean;
}

/** What the proxies that poll this replica tell of themselves. */
export interface EvidenceBook {
  /** Begins to gather, goes on where it is the same step, and with undefined forgets all. */
  watch(step: WatchedStep | undefined): void;
  /** Takes the header X-Evidence of a poll. One that is no evidence, or of neither revision, is not looked at. */
  note(speaker: Speaker, header: string | undefined): void;
  /** Of all that was noted: it changes twice in a window, and where HAProxy has died. */
  summary(): EvidenceSummary;
  /** Of windows that have just ended, each once; undefined where there is nothing new. */
  interimLook(): InterimLook | undefined;
}

export interface EvidenceBookOptions {
  /** The length of a window, in milliseconds (ROLLOUT_WINDOW). */
  readonly windowMs: number;
  readonly tolerance: number;
  /** In milliseconds, on a clock that does not step. */
  readonly now: () => number;
  /** More proxies than these are not heard. */
  readonly most?: number;
}

const MOST_PROXIES = 20_000;
/** Looks in a window. */
const LOOKS = 2;
/** Whoever is not heard for so many windows has no recent ones. */
const SILENCE = RECENT_WINDOWS + 0.5;

const isSameStep = (a: WatchedStep | undefined, b: WatchedStep | undefined): boolean =>
  a?.candidate === b?.candidate && a?.stable === b?.stable && a?.step === b?.step;

export function createEvidenceBook(options: EvidenceBookOptions): EvidenceBook {
  const { windowMs, tolerance, now, most = MOST_PROXIES } = options;
  const proxies = new Map<string, ProxyEvidence>();
  const interimLooks = createInterimLooks(options);
  let watched: WatchedStep | undefined;
  let kept = NO_SUMMARY;
  let closesAt = 0;
  let isNew = false;

  function begin(next: WatchedStep | undefined): void {
    const isSamePair = next?.candidate === watched?.candidate && next?.stable === watched?.stable;
    if (!isSamePair) proxies.clear();
    for (const proxy of proxies.values()) beginStep(proxy);
    interimLooks.begin();
    kept = NO_SUMMARY;
    closesAt = now() + windowMs / LOOKS;
    isNew = false;
    watched = next;
  }

  function sideOf(revision: string): Side | undefined {
    if (!watched) return undefined;
    if (revision === revisionMark(watched.candidate)) return 'candidate';
    const { stable } = watched;
    return stable !== undefined && revision === revisionMark(stable) ? 'stable' : undefined;
  }

  const aggregates = (read: Read, stable?: Aggregates): Aggregates => {
    const votes = votesOf([...proxies.values()], { read, tolerance, stable });
    return aggregatesOf((measure) => aggregate(votes(measure)));
  };

  function sides(read: (side: Side) => Read): Sides {
    const stable = aggregates(read('stable'));
    return {
      candidate: aggregates(read('candidate'), stable),
      stable: aggregates(read('stable'), stable),
    };
  }

  function endsOf(side: Side): Ends {
    const heard = [...proxies].filter(([, proxy]) => proxy.side === side);
    const dead = heard.filter(([, proxy]) => proxy[side].deaths > 0);
    const outOfMemory = heard.filter(([, proxy]) => proxy[side].outOfMemory > 0);
    const [example] = [...dead, ...outOfMemory].map(([name]) => name).sort();
    return {
      proxies: heard.length,
      dead: dead.length,
      outOfMemory: outOfMemory.length,
      ...(example !== undefined && { example }),
    };
  }

  const ends = () => ({ candidate: endsOf('candidate'), stable: endsOf('stable') });

  const isRecent = ({ reportedAt }: ProxyEvidence) => reportedAt >= now() - SILENCE * windowMs;

  function close(): void {
    closesAt = now() + windowMs / LOOKS;
    if (!isNew) return;
    isNew = false;
    const recentOf = (proxy: ProxyEvidence, side: Side, measure: Measure): readonly Span[] =>
      proxy.side === side && isRecent(proxy) ? proxy[side].recent[measure] : [];
    const recent = (age: number) =>
      sides((side) => (proxy, measure) => recentOf(proxy, side, measure)[age]);
    kept = {
      looks: kept.looks + 1,
      recent: Array.from({ length: RECENT_WINDOWS }, (_, age) => recent(age)),
      peak: aggregates((proxy, measure) => peakOf(recentOf(proxy, 'stable', measure))),
      step: sides((side) => (proxy, measure) => proxy[side].step[measure]),
      before: aggregates((proxy, measure) =>
        proxy.side === 'candidate' ? beforeOf(proxy)[measure] : undefined,
      ),
      worst: aggregates((proxy, measure) =>
        proxy.firstStep === watched?.step ? worstOf(proxy)[measure] : undefined,
      ),
      ends: ends(),
    };
  }

  return {
    watch(step) {
      if (!isSameStep(step, watched)) begin(step);
    },
    note({ proxy: name, isAdmitted }, header) {
      const evidence = watched && parseEvidence(header);
      const side = evidence && sideOf(evidence.revision);
      if (!evidence || !side || (side === 'candidate' && !isAdmitted)) return;
      const known = proxies.get(name);
      if (!known && proxies.size >= most) return;
      const proxy = known ?? newProxyEvidence();
      proxies.set(name, proxy);
      const isLife = evidence.seconds * 1000 > RECENT_WINDOWS * windowMs;
      record(proxy, side, { evidence, at: now(), step: watched?.step ?? 0, isLife });
      isNew = true;
      if (evidence.deaths + evidence.outOfMemory > 0) kept = { ...kept, ends: ends() };
    },
    summary() {
      if (watched && now() >= closesAt) close();
      return kept;
    },
    interimLook() {
      const recent = [...proxies.values()].filter(isRecent);
      return interimLooks.take({
        candidate: recent.filter(({ side }) => side === 'candidate'),
        stable: recent.filter(({ side }) => side === 'stable'),
      });
    },
  };
}
