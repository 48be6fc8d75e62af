import assert from 'node:assert/strict';
import { createEvidenceBook } from '../../functions/rollout/evidence-book.ts';
import { formatSummary, parseSummary } from '../../functions/rollout/evidence-packing.ts';
import {
  type EvidenceSummary,
  mergeSummaries,
  NO_SUMMARY,
} from '../../functions/rollout/evidence-summary.ts';
import { judge, type Verdict } from '../../functions/rollout/judgement.ts';
import { formatEvidence, revisionMark } from '../../functions/wire/evidence.ts';
import { createRandom, type Random } from '../runtime/random.ts';

export const THRESHOLDS = { minRequests: 100, tolerance: 0.01, significance: 0.001 };
const WINDOW_S = 10;
const SOAK_S = 60;
/** How often it is judged. */
const LOOK_S = 1;
/** How long the fleet has been watched before the first step, in seconds. */
const BEFORE_S = 35;
const hashOf = (digit: string) => `sha256:${digit.repeat(64)}`;
const [STABLE, CANDIDATE] = [hashOf('a'), hashOf('b')];

/** A proxy as a world makes it. */
export interface Proxy {
  readonly index: number;
  readonly isOnCandidate: boolean;
}

export interface World {
  readonly seed: number;
  readonly proxies: number;
  /** Requests a second of a proxy in the middle: others have a tenth to ten times as many. */
  readonly rate: number;
  /** The share of answers that fail at a time (in seconds from the first step on). */
  readonly failing: (proxy: Proxy, atS: number) => number;
  /** Servers of 10 that are down. */
  readonly down?: (proxy: Proxy, atS: number) => number;
  readonly deaths?: (proxy: Proxy, atS: number) => number;
  /** Shares of the fleet, or one proxy where it is less. */
  readonly steps?: readonly number[];
  readonly replicas?: number;
}

export interface Ending {
  /** In which step it was halted, from 1 on, and how many seconds after that step began; undefined where it was not. */
  readonly halted?: {
    readonly step: number;
    readonly afterS: number;
    /** How many seconds after a proxy of the candidate has told first of more failures than a tenth. */
    readonly sinceToldS: number;
    readonly reason: string;
  };
  /** All of it, in seconds. */
  readonly tookS: number;
}

/** How many of so many, each with this chance: by Poisson's or the normal distribution, near enough. */
function draw(random: Random, of: number, share: number): number {
  const uniform = () => (random.below(2 ** 30) + 1) / 2 ** 30;
  const mean = of * share;
  if (mean > 30) {
    const normal = Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
    return Math.min(of, Math.max(0, Math.round(mean + normal * Math.sqrt(mean * (1 - share)))));
  }
  const limit = Math.exp(-mean);
  let count = -1;
  for (let product = 1; product > limit; product *= uniform()) count += 1;
  return Math.min(of, count);
}

/** A rollout in time that is made up, with replicas that see a part of the proxies each. */
export function runRollout(world: World): Ending {
  const random = createRandom(world.seed);
  let toldS = Number.POSITIVE_INFINITY;
  const { steps = [0, 0.1, 0.5, 1], replicas = 3 } = world;
  let nowS = 0;
  const books = Array.from({ length: replicas }, () =>
    createEvidenceBook({
      windowMs: WINDOW_S * 1000,
      tolerance: THRESHOLDS.tolerance,
      now: () => nowS * 1000,
    }),
  );
  const proxies = Array.from({ length: world.proxies }, (_, index) => ({
    index,
    phase: random.below(WINDOW_S),
    rate: world.rate * 10 ** (random.below(2001) / 1000 - 1),
    replica: random.below(replicas),
    candidateSince: Number.POSITIVE_INFINITY,
  }));

  const tell = (proxy: (typeof proxies)[number], startS: number) => {
    const since = nowS - WINDOW_S;
    const isOnCandidate = proxy.candidateSince <= since;
    // What saw two revisions is dropped.
    if (!isOnCandidate && proxy.candidateSince < nowS) return;
    const as = { index: proxy.index, isOnCandidate };
    const answers = draw(random, 1e9, (proxy.rate * WINDOW_S) / 1e9);
    const samples = Array.from({ length: WINDOW_S }, (_, s) =>
      world.failing(as, since + s - startS),
    );
    const share = samples.reduce((sum, one) => sum + one, 0) / WINDOW_S;
    const failures = draw(random, answers, share);
    if (isOnCandidate && failures > answers / 10) toldS = Math.min(toldS, nowS);
    const header = formatEvidence({
      revision: revisionMark(isOnCandidate ? CANDIDATE : STABLE),
      seconds: WINDOW_S,
      answers,
      failures,
      servers: { up: 10 - (world.down?.(as, nowS - startS) ?? 0), all: 10 },
      deaths: world.deaths?.(as, nowS - startS) ?? 0,
      outOfMemory: 0,
    });
    books[proxy.replica]?.note(
      { proxy: `proxy-${proxy.index}`, isAdmitted: isOnCandidate },
      header,
    );
  };
  let last: readonly EvidenceSummary[] = [];
  let sum = NO_SUMMARY;
  /** What all replicas know, as each tells the others. */
  function known(): { readonly summary: EvidenceSummary; readonly isNew: boolean } {
    const all = books.map((book) => book.summary());
    const isNew = all.some((summary, i) => summary !== last[i]);
    last = all;
    if (isNew)
      sum = all
        .map((summary) => parseSummary(formatSummary(summary)) ?? assert.fail())
        .reduce(mergeSummaries, NO_SUMMARY);
    return { summary: sum, isNew };
  }

  const watch = (step: number) => {
    for (const book of books) book.watch({ candidate: CANDIDATE, stable: STABLE, step });
  };
  watch(-1);
  const startS = BEFORE_S;
  const second = () => {
    nowS += 1;
    for (const proxy of proxies) if ((nowS - proxy.phase) % WINDOW_S === 0) tell(proxy, startS);
  };
  while (nowS < startS) second();

  for (const [step, share] of steps.entries()) {
    const beganS = nowS;
    const count = Math.max(1, Math.ceil(share * proxies.length));
    for (const proxy of proxies.slice(0, count))
      if (proxy.candidateSince > nowS) {
        proxy.candidateSince = nowS;
        // A change begins a window anew.
        proxy.phase = nowS % WINDOW_S;
      }
    watch(step);
    let verdict: Verdict = { kind: 'wait', why: '' };
    do {
      for (let s = 0; s < LOOK_S; s++) second();
      const soakedMs = (nowS - beganS) * 1000;
      const { summary, isNew } = known();
      const interimLooks = books.map((book) => book.interimLook());
      const isOver = nowS - beganS >= SOAK_S;
      for (const [replica, interimLook] of interimLooks.entries()) {
        if (!interimLook && replica > 0) continue;
        if (!interimLook && !isNew && !isOver) continue;
        const about = { summary, interimLook, replicas, thresholds: THRESHOLDS };
        verdict = judge({ ...about, soakedMs, soakMs: SOAK_S * 1000 });
        if (verdict.kind !== 'bad') continue;
        const { reason } = verdict;
        const halted = { step: step + 1, afterS: nowS - beganS, sinceToldS: nowS - toldS, reason };
        return { halted, tookS: nowS - startS };
      }
    } while (nowS - beganS < SOAK_S || verdict.kind === 'wait');
  }
  return { tookS: nowS - startS };
}
