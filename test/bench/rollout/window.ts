import { formatEvidence, parseWindow, revisionMark } from '../../../functions/wire/evidence.ts';

/** What becomes of a proxy's requests: all answers good, a third of them bad, or HAProxy ends. */
export type Health = 'good' | 'failing' | 'dying';

/** The windows of one proxy, as its reloader keeps them. */
export interface Window {
  /** An answer asks for evidence over so many seconds, or for none. */
  want(asked: string | undefined, revision: string): void;
  /** What it has to tell now; nothing before its window has ended, but for a death. */
  tell(health: Health): string | undefined;
  /** Seconds until it has something to tell. */
  leftS(): number;
}

/** Those of a busy proxy, over 10 s. */
const ANSWERS = 123_456;
const BACKENDS = { seconds: 30, connectErrors: 12, responseErrors: 21, queued: 3 };
/** A reloader asks for a little more, since the service may take a sixteenth off. */
const JITTER = 16 / 15;

export function createWindow(): Window {
  let seconds: number | undefined;
  let revision = '';
  let beganAt = 0;
  /** Of the window of one that has just been asked, while it runs what it ran. */
  let extraS = 0;
  let isDead = false;
  const endsIn = () =>
    (seconds ?? Number.POSITIVE_INFINITY) + extraS - (performance.now() - beganAt) / 1000;

  return {
    want(asked, runs) {
      const wanted = parseWindow(asked);
      if (wanted !== seconds || runs !== revision) {
        extraS = runs === revision ? (wanted ?? 0) * Math.random() : 0;
        beganAt = performance.now();
        isDead = false;
      }
      seconds = wanted;
      revision = runs;
    },
    tell(health) {
      if (seconds === undefined) return undefined;
      const dies = health === 'dying' && !isDead;
      if (endsIn() > 0 && !dies) return undefined;
      isDead ||= dies;
      extraS = 0;
      beganAt = performance.now();
      return formatEvidence({
        revision: revisionMark(revision),
        seconds: dies ? 0 : seconds,
        answers: dies ? 0 : ANSWERS,
        failures: health === 'failing' ? Math.round(ANSWERS / 3) : 0,
        backends: { ...BACKENDS, requests: ANSWERS },
        servers: { up: 1_200, all: 1_200 },
        deaths: isDead ? 1 : 0,
        outOfMemory: 0,
      });
    },
    leftS: () => Math.max(1, Math.min(300, Math.ceil(endsIn() * JITTER))),
  };
}
