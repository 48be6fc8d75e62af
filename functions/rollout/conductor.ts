import { randomBytes } from 'node:crypto';
import type { History } from '../core/revision.ts';
import { type Candidate, type Rollout, settled } from '../core/rollout.ts';
import type { Member, Refused } from '../publication.ts';
import type { Log } from '../wire/log.ts';
import {
  admitMore,
  admitStep,
  isAdmitted,
  isLastStep,
  isShort,
  placeOf,
  stepOf,
} from './admission.ts';
import { createEvidenceBook } from './evidence-book.ts';
import { mergeSummaries } from './evidence-summary.ts';
import { judge as judgeEvidence, type Thresholds } from './judgement.ts';
import { createNeighbours } from './neighbours.ts';
import { judgeProgress, type Progress } from './progress.ts';
import { formatReport, type Report } from './report.ts';
import { formatStep, type Step } from './step.ts';

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

export interface ConductorOptions {
  readonly steps: readonly Step[];
  /** How long a step is watched before the next one, in milliseconds. */
  readonly soakMs: number;
  readonly windowMs: number;
  readonly thresholds: Thresholds;
  readonly history: Pick<History, 'steer'>;
  /** Those that were seen by this replica, in any order. */
  readonly proxies: () => Iterable<SeenProxy>;
  /** Why the candidate cannot be rendered any more with the endpoints of now. */
  readonly failure: () => string | undefined;
  /** Other proxies than before are to run the candidate. */
  readonly onMoved: () => void;
  /** Proxies are to tell what they count: those that wait hear of it with their next answer. */
  readonly onWatched: (which: (proxy: Member | undefined) => boolean) => void;
  /** The rollout says something else by now. */
  readonly onSteered: (rollout: Rollout) => void;
  readonly log: Log;
  /** In milliseconds, on a clock that does not step. */
  readonly now?: () => number;
  /** For people: the time of the day. */
  readonly today?: () => number;
}

/** What `/status` shows of a rollout. */
export interface RolloutStatus {
  readonly stable?: string;
  readonly candidate?: {
    readonly hash: string;
    /** From 1 on. */
    readonly step: number;
    readonly steps: readonly string[];
    readonly since: string;
    /** Proxies of this replica that are to run it, and those that do. */
    readonly live: number;
    readonly running: number;
    /** Why the next step has not begun. */
    readonly waits: string;
  };
  readonly halted?: Rollout['halted'];
}

/** Leads a candidate from step to step, together with the other replicas: each change is by compare-and-swap. */
export interface Conductor {
  /** What replicas and people have agreed upon by now. */
  follow(rollout: Rollout | undefined): void;
  /** What a proxy tells of itself by the header X-Evidence. */
  note(proxy: Member, header: string | undefined): void;
  /** Over how many seconds a proxy is to count, where it is to tell. */
  windowOf(proxy: Member): number | undefined;
  /** What was followed can be given to proxies from now on: they are admitted by it. */
  settle(): void;
  begin(hash: string): Candidate;
  /** Whether a proxy is to run the candidate. */
  admits(proxy: Member): boolean;
  /** A proxy refuses a revision. */
  refuse(proxy: string, refused: Refused): void;
  status(): RolloutStatus | undefined;
  stop(): void;
}

/** How often a candidate's step is looked at, at most and at least, in milliseconds. */
const LOOK_MS = { least: 50, most: 500 };
/**
 * A proxy that does not poll here, and was not seen for so long, in milliseconds, is not waited for: it has gone, or
 * polls another replica.
 */
const LIVE_MS = 3_000;
/** How long nobody may be there that runs the candidate, in milliseconds, before others are to. */
const ABANDONED_MS = 30_000;
/** How often a replica says what it sees, in milliseconds. */
const REPORT_MS = 5_000;
const REASON_LENGTH = 1_000;
/** Proxies of either end of the line that tell one replica what they count. */
const MOST_WITNESSES = 300;

export function createConductor(options: ConductorOptions): Conductor {
  const { steps, soakMs, windowMs, thresholds, history, proxies, log } = options;
  const { now = () => performance.now(), today = Date.now } = options;
  const lookMs = Math.max(LOOK_MS.least, Math.min(LOOK_MS.most, soakMs / 4));
  const own = randomBytes(4).toString('hex');
  const { tolerance } = thresholds;
  const book = createEvidenceBook({ windowMs, tolerance, now });
  const neighbours = createNeighbours({ own, patienceMs: 4 * REPORT_MS, now });
  let view: Rollout | undefined;
  /** By which proxies are admitted. */
  let settledView: Rollout | undefined;
  /** The step that is looked at, and since when: all of its proxies ran it then. */
  let step = '';
  let convergedAt: number | undefined;
  /** When any proxy that is to run the candidate was last seen, here or elsewhere. */
  let lastLiveAt = 0;
  /** A candidate that is bad by what was seen here: nobody here gets it, whether or not it can be written. */
  let bad: { readonly hash: string; readonly reason: string } | undefined;
  let why = '';
  let beat = 0;
  let reportedAt = Number.NEGATIVE_INFINITY;
  /** The share of proxies, from either end of the line, that are asked what they count. */
  let witnesses = 1;
  let isActing = false;
  let isStopped = false;
  let timer: NodeJS.Timeout | undefined;

  /** Undefined while people have pinned a revision: nobody gets a candidate then. */
  const offered = (rollout = view): Candidate | undefined =>
    rollout?.pinned === undefined ? rollout?.candidate : undefined;

  const allProxies = (): readonly SeenProxy[] => {
    const since = now() - LIVE_MS;
    return [...proxies()].filter(({ isPolling, sightedAt }) => isPolling || sightedAt >= since);
  };

  /** Whoever does not say what it runs is not waited for. */
  const isRunning = (candidate: Candidate) => (proxy: SeenProxy) =>
    proxy.revision === undefined || proxy.revision === candidate.hash;

  function look(candidate: Candidate): Pick<Report, 'live' | 'running'> {
    const mine = allProxies().filter((proxy) => isAdmitted(candidate, proxy, steps));
    const running = mine.filter(isRunning(candidate)).length;
    return { live: mine.length, running };
  }

  function judge(candidate: Candidate): Progress {
    const mark = `${candidate.hash} ${candidate.step}`;
    if (step !== mark) {
      convergedAt = undefined;
      lastLiveAt = now();
    }
    step = mark;
    const all = [look(candidate), ...neighbours.reports(candidate)];
    const sum = (of: (one: Pick<Report, 'live' | 'running'>) => number) =>
      all.reduce((total, one) => total + of(one), 0);
    const seen = { live: sum((one) => one.live), running: sum((one) => one.running) };
    const evidence = neighbours
      .reports(candidate)
      .reduce((sum, { evidence: theirs }) => mergeSummaries(sum, theirs), book.summary());
    if (seen.running >= seen.live) convergedAt ??= now();
    if (seen.live > 0) lastLiveAt = now();
    const soakedMs = convergedAt === undefined ? 0 : now() - convergedAt;
    const verdict = judgeEvidence({ summary: evidence, soakedMs, soakMs, thresholds });
    const ofEvidence = verdict.kind === 'bad' ? verdict.reason : undefined;
    return judgeProgress({
      ...seen,
      soakedMs,
      soakMs,
      isHurried: candidate.isHurried === true,
      isPaused: view?.isPaused === true,
      fault: bad?.hash === candidate.hash ? bad.reason : (options.failure() ?? ofEvidence),
      unknown: verdict.kind === 'wait' ? verdict.why : undefined,
    });
  }

  /** Changes the rollout, unless the candidate or its step are others by now. */
  async function change(
    candidate: Candidate,
    act: (before: Rollout, candidate: Candidate) => Rollout,
  ): Promise<void> {
    isActing = true;
    try {
      const after = await history.steer((before) => {
        const { candidate: there, pinned } = before;
        const isSame = there?.hash === candidate.hash && there.step === candidate.step;
        return there && isSame && pinned === undefined ? act(before, there) : before;
      });
      options.onSteered(after);
    } catch (error) {
      log.warn('the rollout cannot be written', { error });
    } finally {
      isActing = false;
    }
  }

  function halt(candidate: Candidate, reason: string): Promise<void> {
    const { hash, step: at } = candidate;
    if (bad?.hash !== hash) log.error('the rollout is halted', { revision: hash, reason });
    bad = { hash, reason };
    options.onMoved();
    const halted = { hash, step: at, at: new Date(today()).toISOString(), reason };
    return change(candidate, (before) => ({ ...settled(before), halted }));
  }

  function goOn(candidate: Candidate): Promise<void> {
    const revision = candidate.hash;
    if (isLastStep(candidate, steps)) {
      log.info('the rollout is complete', { revision });
      return change(candidate, (before) => ({ ...settled(before), stable: revision }));
    }
    return change(candidate, ({ reports: _, ...before }, { isHurried: __, ...there }) => {
      const since = new Date(today()).toISOString();
      const next = admitStep({ ...there, step: there.step + 1, since }, allProxies(), steps);
      log.info('the rollout goes on', { revision, step: formatStep(stepOf(next, steps)) });
      return { ...before, candidate: next };
    });
  }

  /** As many by name as the step says, of which no replica alone may know enough. */
  const complete = (candidate: Candidate): Promise<void> =>
    change(candidate, (before, there) => ({
      ...before,
      candidate: admitStep(there, allProxies(), steps),
    }));

  /** Those that ran the candidate have gone: without another one nothing is ever known of it. */
  function replace(candidate: Candidate): Promise<void> {
    lastLiveAt = now();
    return change(candidate, (before, there) => ({
      ...before,
      candidate: admitMore(there, allProxies()),
    }));
  }

  function report(candidate: Candidate): Promise<void> {
    reportedAt = now();
    beat += 1;
    const { hash, step: at } = candidate;
    const evidence = book.summary();
    const about = { ...look(candidate), steps: steps.map(formatStep), waits: why, evidence };
    const text = formatReport({ hash, step: at, beat, ...about });
    const lost = neighbours.lost();
    return change(candidate, (before) => {
      const others = Object.entries(before.reports ?? {}).filter(([id]) => !lost.includes(id));
      return { ...before, reports: { ...Object.fromEntries(others), [own]: text } };
    });
  }

  async function turn(): Promise<void> {
    const candidate = offered();
    if (!candidate || isActing || isStopped) return;
    const progress = judge(candidate);
    if (progress.kind === 'halt') return halt(candidate, progress.reason.slice(0, REASON_LENGTH));
    why = progress.kind === 'wait' ? progress.why : '';
    if (isShort(candidate, allProxies(), steps)) return complete(candidate);
    const isAbandoned = now() - lastLiveAt > ABANDONED_MS && allProxies().length > 0;
    if (isAbandoned) return replace(candidate);
    if (progress.kind === 'next') return goOn(candidate);
    if (now() - reportedAt >= Math.min(REPORT_MS, soakMs)) return report(candidate);
  }

  /** So many of those that run the candidate, and of the others, are enough, and each costs a poll a window. */
  function isWitness({ hash }: Candidate, { name }: Member): boolean {
    const place = placeOf(name, hash);
    return place <= witnesses || place >= 1 - witnesses;
  }

  function beginWatch(): void {
    witnesses = MOST_WITNESSES / Math.max(MOST_WITNESSES, allProxies().length);
    options.onWatched((proxy) => {
      const candidate = offered();
      return proxy !== undefined && candidate !== undefined && isWitness(candidate, proxy);
    });
  }

  function wake(): void {
    clearInterval(timer);
    if (!offered() || isStopped) return;
    timer = setInterval(() => void turn(), lookMs);
    timer.unref();
  }

  return {
    follow(rollout) {
      if (rollout === view) return;
      const before = offered();
      view = rollout;
      if (rollout) neighbours.look(rollout);
      const candidate = offered();
      // What was bad here may be tried again where people say so.
      if (rollout?.halted?.hash === bad?.hash) bad = undefined;
      if (candidate?.hash !== bad?.hash) bad = undefined;
      const { stable } = rollout ?? {};
      book.watch(candidate && { candidate: candidate.hash, stable, step: candidate.step });
      if ((before === undefined) !== (candidate === undefined)) wake();
      if (candidate && candidate.hash !== before?.hash) beginWatch();
    },
    note(proxy, header) {
      const candidate = offered();
      if (!candidate || header === undefined) return;
      const isIn = isAdmitted(candidate, proxy, steps);
      book.note({ proxy: `${proxy.fleet} ${proxy.name}`, isAdmitted: isIn }, header);
    },
    windowOf(proxy) {
      const candidate = offered();
      return candidate && isWitness(candidate, proxy) ? windowMs / 1000 : undefined;
    },
    settle() {
      settledView = view;
    },
    begin: (hash) =>
      admitStep(
        { hash, step: 0, since: new Date(today()).toISOString(), admitted: {} },
        allProxies(),
        steps,
      ),
    admits(proxy) {
      const candidate = settledView && offered(settledView);
      if (!candidate || candidate.hash === bad?.hash) return false;
      return isAdmitted(candidate, proxy, steps);
    },
    refuse(proxy, { revision, reason = 'no reason given' }) {
      const candidate = offered();
      if (candidate?.hash !== revision || bad?.hash === revision) return;
      bad = { hash: revision, reason: `proxy ${proxy} refuses it: ${reason}` };
      log.error('the rollout is halted', { revision, reason: bad.reason });
      options.onMoved();
      void turn();
    },
    status() {
      if (!view) return undefined;
      const { stable, halted } = view;
      const candidate = offered();
      return {
        ...(stable !== undefined && { stable }),
        ...(candidate && {
          candidate: {
            hash: candidate.hash,
            step: candidate.step + 1,
            steps: steps.map(formatStep),
            since: candidate.since,
            ...look(candidate),
            waits: why,
          },
        }),
        ...(halted && { halted }),
      };
    },
    stop() {
      isStopped = true;
      clearInterval(timer);
    },
  };
}
