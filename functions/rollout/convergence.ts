import type { Candidate } from '../core/rollout.ts';
import type { Member } from './member.ts';
import { isAdmitted } from './admission.ts';
import type { ReplicaReports } from './replica-reports.ts';
import type { Step } from './step.ts';

/** A proxy that was seen. */
export interface SeenProxy extends Member {
  /** The revision that it runs, where it says so. */
  readonly revision?: string | undefined;
  /** What its HAProxy refuses. */
  readonly refused?:
    | { readonly revision?: string | undefined; readonly reason: string }
    | undefined;
  /** Whether a poll of it is held now. */
  readonly isPolling: boolean;
  /** When it was seen last, on the clock of `now`. */
  readonly sightedAt: number;
}

/** Of the proxies that are to run a candidate: those that are there, and those of them that run it. */
export interface Strength {
  readonly live: number;
  readonly running: number;
}

/** What all replicas together see of a step. */
export interface Convergence extends Strength {
  /** For how long all have run it, in milliseconds. */
  readonly soakedMs: number;
  /** Nobody who is to run it has been there for long: those that were have gone. */
  readonly isAbandoned: boolean;
}

export interface ConvergenceTracker {
  /** The proxies that are there. */
  present(): readonly SeenProxy[];
  /** As this replica sees it. */
  own(candidate: Candidate): Strength;
  /** As all of them do. */
  all(candidate: Candidate): Convergence;
}

/**
 * A proxy that does not poll here, and was not seen for so long, in milliseconds, is not waited for: it has gone, or
 * polls another replica.
 */
const LIVE_MS = 3_000;
/** How long nobody may be there that runs the candidate, in milliseconds, before others are to. */
const ABANDONED_MS = 30_000;

/** Counts the proxies of each step, as they come to run the candidate. */
export function createConvergence(options: {
  readonly steps: readonly Step[];
  readonly proxies: () => Iterable<SeenProxy>;
  readonly otherReplicas: ReplicaReports;
  readonly now: () => number;
}): ConvergenceTracker {
  const { steps, proxies, otherReplicas, now } = options;
  let step = '';
  /** When all of its proxies ran it first. */
  let convergedAt: number | undefined;
  let lastLiveAt = 0;

  const present = (): readonly SeenProxy[] => {
    const since = now() - LIVE_MS;
    return [...proxies()].filter(({ isPolling, sightedAt }) => isPolling || sightedAt >= since);
  };

  function own(candidate: Candidate): Strength {
    const meant = present().filter((proxy) => isAdmitted(candidate, proxy, steps));
    // Whoever does not say what it runs is not waited for.
    const isRunning = ({ revision = candidate.hash }: SeenProxy) => revision === candidate.hash;
    return { live: meant.length, running: meant.filter(isRunning).length };
  }

  return {
    present,
    own,
    all(candidate) {
      const mark = `${candidate.hash} ${candidate.step}`;
      if (step !== mark) {
        convergedAt = undefined;
        lastLiveAt = now();
      }
      step = mark;
      const seen = [own(candidate), ...otherReplicas.reports(candidate)];
      const live = seen.reduce((sum, one) => sum + one.live, 0);
      const running = seen.reduce((sum, one) => sum + one.running, 0);
      if (running >= live) convergedAt ??= now();
      if (live > 0) lastLiveAt = now();
      return {
        live,
        running,
        soakedMs: convergedAt === undefined ? 0 : now() - convergedAt,
        isAbandoned: now() - lastLiveAt > ABANDONED_MS && present().length > 0,
      };
    },
  };
}
