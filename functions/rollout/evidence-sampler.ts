import type { Candidate } from '../core/rollout.ts';
import type { Member } from './member.ts';
import { createEvidenceBook } from './evidence-book.ts';
import type { EvidenceSummary } from './evidence-summary.ts';
import type { InterimLook } from './interim-look.ts';
import { placeOf } from './place.ts';

/** Which proxies are asked for what they count while a candidate is on, and what they have told. */
export interface EvidenceSampler {
  /** Another candidate, or step, is on; or none. */
  watch(candidate: Candidate | undefined, stable: string | undefined): void;
  /** Of so many proxies that poll this replica, no more than enough are asked. */
  limitTo(proxies: number): void;
  isSampled(proxy: Member): boolean;
  /** Takes the header X-Evidence of a poll; `isAdmitted`: of a proxy that is to run the candidate. */
  note(proxy: Member, header: string, isAdmitted: boolean): void;
  summary(): EvidenceSummary;
  /** What has just been told, each time something else. */
  interimLook(): InterimLook | undefined;
}

/**
 * Of either end of the line, those that run the candidate first and those that run it last: so many tell enough, and
 * each costs a poll a window.
 */
const MOST_SAMPLED = 300;

/** The sampler of one replica. */
export function createEvidenceSampler(options: {
  readonly windowMs: number;
  readonly tolerance: number;
  readonly now: () => number;
}): EvidenceSampler {
  const book = createEvidenceBook(options);
  let hash: string | undefined;
  /** The share of proxies that are asked, of either end. */
  let share = 1;
  return {
    watch(candidate, stable) {
      hash = candidate?.hash;
      book.watch(candidate && { candidate: candidate.hash, stable, step: candidate.step });
    },
    limitTo(proxies) {
      share = MOST_SAMPLED / Math.max(MOST_SAMPLED, proxies);
    },
    isSampled({ name }) {
      if (hash === undefined) return false;
      const place = placeOf(name, hash);
      return place <= share || place >= 1 - share;
    },
    note({ name, fleet }, header, isAdmitted) {
      book.note({ proxy: `${fleet} ${name}`, isAdmitted }, header);
    },
    summary: book.summary,
    interimLook: book.interimLook,
  };
}
