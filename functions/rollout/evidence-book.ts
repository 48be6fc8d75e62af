import { parseEvidence, revisionMark } from '../wire/evidence.ts';
import {
  type Ends,
  type EvidenceSummary,
  type Measure,
  NO_SUMMARY,
  RECENT_WINDOWS,
  type Sides,
  type Tallies,
  talliesOf,
} from './evidence-summary.ts';
import { type Share, shareOf } from './share.ts';
import { tally, type Vote } from './vote.ts';
import { beforeOf, hear, newWitness, type Side, type Witness, worstOf } from './witness.ts';

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

/** What one proxy has to say of a measure, where it has. */
type Read = (witness: Witness, measure: Measure) => Share | undefined;

const MOST_PROXIES = 20_000;
/** Looks in a window. */
const LOOKS = 2;
/** Whoever is not heard for so many windows has no recent ones. */
const SILENCE = RECENT_WINDOWS + 0.5;

const isSameStep = (a: WatchedStep | undefined, b: WatchedStep | undefined): boolean =>
  a?.candidate === b?.candidate && a?.stable === b?.stable && a?.step === b?.step;

interface Heard {
  readonly witnesses: ReadonlyMap<string, Witness>;
  readonly tolerance: number;
}

/** The worst of its windows, by its share. */
const peakOf = (windows: readonly Share[]): Share | undefined =>
  [...windows].sort((a, b) => shareOf(b) - shareOf(a))[0];

/**
 * By what it did before, and what those on the stable revision do, which is all there is for one without a past; three
 * standard deviations of chance more, since one failure of few requests is many percent.
 */
function votesOf({ witnesses, tolerance }: Heard, read: Read, stable?: Tallies) {
  return (measure: Measure): readonly Vote[] => {
    const others = stable ? shareOf(stable[measure]) : 0;
    return [...witnesses.values()].flatMap((witness) => {
      const share = read(witness, measure);
      if (!share || share.of === 0) return [];
      const before = beforeOf(witness)[measure];
      const usual = Math.max(others, before ? shareOf(before) : 0) + tolerance;
      const mean = usual * share.of;
      return [{ share, expected: measure === 'servers' ? mean : mean + 3 * Math.sqrt(mean) + 1 }];
    });
  };
}

export function createEvidenceBook(options: EvidenceBookOptions): EvidenceBook {
  const { windowMs, tolerance, now, most = MOST_PROXIES } = options;
  const witnesses = new Map<string, Witness>();
  let watched: WatchedStep | undefined;
  let kept = NO_SUMMARY;
  let closesAt = 0;
  let isNew = false;

  function begin(next: WatchedStep | undefined): void {
    const isSamePair = next?.candidate === watched?.candidate && next?.stable === watched?.stable;
    if (!isSamePair) witnesses.clear();
    for (const { stable, candidate } of witnesses.values()) {
      stable.step = {};
      candidate.step = {};
    }
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

  const tallies = (read: Read, stable?: Tallies): Tallies => {
    const votes = votesOf({ witnesses, tolerance }, read, stable);
    return talliesOf((measure) => tally(votes(measure)));
  };

  function sides(read: (side: Side) => Read): Sides {
    const stable = tallies(read('stable'));
    return {
      candidate: tallies(read('candidate'), stable),
      stable: tallies(read('stable'), stable),
    };
  }

  function endsOf(side: Side): Ends {
    const heard = [...witnesses].filter(([, witness]) => witness.side === side);
    const dead = heard.filter(([, witness]) => witness[side].deaths > 0);
    const outOfMemory = heard.filter(([, witness]) => witness[side].outOfMemory > 0);
    const [witness] = [...dead, ...outOfMemory].map(([name]) => name).sort();
    return {
      proxies: heard.length,
      dead: dead.length,
      outOfMemory: outOfMemory.length,
      ...(witness !== undefined && { witness }),
    };
  }

  const ends = () => ({ candidate: endsOf('candidate'), stable: endsOf('stable') });

  function close(): void {
    closesAt = now() + windowMs / LOOKS;
    if (!isNew) return;
    isNew = false;
    const since = now() - SILENCE * windowMs;
    const recentOf = (witness: Witness, side: Side, measure: Measure): readonly Share[] =>
      witness.side === side && witness.heardAt >= since ? witness[side].recent[measure] : [];
    const recent = (age: number) =>
      sides((side) => (witness, measure) => recentOf(witness, side, measure)[age]);
    kept = {
      looks: kept.looks + 1,
      recent: Array.from({ length: RECENT_WINDOWS }, (_, age) => recent(age)),
      peak: tallies((witness, measure) => peakOf(recentOf(witness, 'stable', measure))),
      step: sides((side) => (witness, measure) => witness[side].step[measure]),
      before: tallies((witness, measure) =>
        witness.side === 'candidate' ? beforeOf(witness)[measure] : undefined,
      ),
      worst: tallies((witness, measure) =>
        witness.cameIn === watched?.step ? worstOf(witness)[measure] : undefined,
      ),
      ends: ends(),
    };
  }

  return {
    watch(step) {
      if (!isSameStep(step, watched)) begin(step);
    },
    note({ proxy, isAdmitted }, header) {
      const evidence = watched && parseEvidence(header);
      const side = evidence && sideOf(evidence.revision);
      if (!evidence || !side || (side === 'candidate' && !isAdmitted)) return;
      const known = witnesses.get(proxy);
      if (!known && witnesses.size >= most) return;
      const witness = known ?? newWitness();
      witnesses.set(proxy, witness);
      const isLife = evidence.seconds * 1000 > RECENT_WINDOWS * windowMs;
      hear(witness, side, { evidence, at: now(), step: watched?.step ?? 0, isLife });
      isNew = true;
      if (evidence.deaths + evidence.outOfMemory > 0) kept = { ...kept, ends: ends() };
    },
    summary() {
      if (watched && now() >= closesAt) close();
      return kept;
    },
  };
}
