import { randomBytes } from 'node:crypto';
import type { History } from '../core/revision.ts';
import type { Candidate, Rollout } from '../core/rollout.ts';
import type { EvidenceCollector, Refused } from '../publish/publication.ts';
import type { Member } from './member.ts';
import type { Log } from '../wire/log.ts';
import { admitStep, isAdmitted, isShort, stepOf } from './admission.ts';
import { advanced, completed, createChanges, halted, replaced, reported } from './changes.ts';
import { mergeSummaries } from './evidence-summary.ts';
import { judge as judgeEvidence, type Thresholds } from './judgement.ts';
import { createConvergence, type Convergence, type SeenProxy } from './convergence.ts';
import { createReplicaReports } from './replica-reports.ts';
import { judgeProgress, type Progress } from './progress.ts';
import { formatReport } from './report.ts';
import { type RolloutStatus, showRollout } from './status.ts';
import { formatStep, type Step } from './step.ts';
import { createEvidenceSampler } from './evidence-sampler.ts';

export interface RolloutControllerOptions {
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
  /** Proxies are to tell what they count, or no more: those that wait hear of it with their next answer. */
  readonly onWatched: (which: (proxy: Member | undefined) => boolean) => void;
  /** The rollout says something else by now. */
  readonly onSteered: (rollout: Rollout) => void;
  readonly log: Log;
  /** In milliseconds, on a clock that does not step. */
  readonly now?: () => number;
  /** For people: the time of the day. */
  readonly today?: () => number;
  /** Does something every so many milliseconds, until the function that it gives is called. */
  readonly every?: (ms: number, act: () => void) => () => void;
}

/** Leads a candidate from step to step, together with the other replicas: each change is by compare-and-swap. */
export interface RolloutController extends EvidenceCollector {
  /** What replicas and people have agreed upon by now. */
  follow(rollout: Rollout | undefined): void;
  /** What was followed can be given to proxies from now on: they are admitted by it. */
  settle(): void;
  begin(hash: string): Candidate;
  /** Whether a proxy is to run the candidate. */
  admits(proxy: Member): boolean;
  /** A proxy refuses a revision. */
  refuse(proxy: Member, refused: Refused): void;
  status(): RolloutStatus | undefined;
  stop(): void;
}

/** How often a candidate's step is looked at, at most and at least, in milliseconds. */
const LOOK_MS = { least: 50, most: 500 };
/** How often a replica says what it sees, in milliseconds. */
const REPORT_MS = 5_000;
const REASON_LENGTH = 1_000;

function everyOnTimer(ms: number, act: () => void): () => void {
  const timer = setInterval(act, ms);
  timer.unref();
  return () => clearInterval(timer);
}

/** Undefined while people have pinned a revision: nobody gets a candidate then. */
const offerOf = (rollout: Rollout | undefined): Candidate | undefined =>
  rollout?.pinned === undefined ? rollout?.candidate : undefined;

export function createRolloutController(options: RolloutControllerOptions): RolloutController {
  const { steps, soakMs, windowMs, thresholds, proxies, log } = options;
  const { now = () => performance.now(), today = Date.now, every = everyOnTimer } = options;
  const own = randomBytes(4).toString('hex');
  const otherReplicas = createReplicaReports({ own, patienceMs: 4 * REPORT_MS, now });
  const tracker = createConvergence({ steps, proxies, otherReplicas, now });
  const sampler = createEvidenceSampler({ windowMs, tolerance: thresholds.tolerance, now });
  const changes = createChanges(options);
  let view: Rollout | undefined;
  /** By which proxies are admitted. */
  let settledView: Rollout | undefined;
  /** A candidate that is bad by what was seen here: nobody here gets it, whether or not it can be written. */
  let bad: { readonly hash: string; readonly reason: string } | undefined;
  let why = '';
  let beat = 0;
  let reportedAt = Number.NEGATIVE_INFINITY;
  let isStopped = false;
  let rest = () => {};

  const timeOfDay = () => new Date(today()).toISOString();

  function judge(candidate: Candidate, convergence: Convergence): Progress {
    const reports = otherReplicas.reports(candidate);
    const verdict = judgeEvidence({
      summary: reports.reduce(
        (sum, { evidence }) => mergeSummaries(sum, evidence),
        sampler.summary(),
      ),
      interimLook: sampler.interimLook(),
      replicas: 1 + reports.length,
      soakedMs: convergence.soakedMs,
      soakMs,
      thresholds,
    });
    const found = verdict.kind === 'bad' ? verdict.reason : undefined;
    return judgeProgress({
      ...convergence,
      soakMs,
      isHurried: candidate.isHurried === true,
      isPaused: view?.isPaused === true,
      fault: bad?.hash === candidate.hash ? bad.reason : (options.failure() ?? found),
      unknown: verdict.kind === 'wait' ? verdict.why : undefined,
    });
  }

  /** For the proxies here at once, whether or not it can be written. */
  function condemn(hash: string, reason: string): void {
    if (bad?.hash === hash) return;
    bad = { hash, reason: reason.slice(0, REASON_LENGTH) };
    log.error('rollout halted', { revision: hash, reason: bad.reason });
    options.onMoved();
  }

  function halt({ hash, step }: Candidate, reason: string) {
    condemn(hash, reason);
    return halted({ hash, step, at: timeOfDay(), reason: bad?.reason ?? reason });
  }

  function goOn(candidate: Candidate) {
    const step = formatStep(stepOf(candidate, steps));
    log.info('rollout step done', { revision: candidate.hash, step });
    return advanced(tracker.present(), steps, timeOfDay());
  }

  function report(candidate: Candidate) {
    reportedAt = now();
    beat += 1;
    const { hash, step } = candidate;
    const about = { steps: steps.map(formatStep), waits: why, evidence: sampler.summary() };
    const text = formatReport({ hash, step, beat, ...tracker.own(candidate), ...about });
    return reported(own, text, otherReplicas.lost());
  }

  /** What is to be done now, if anything. */
  function next(candidate: Candidate) {
    const convergence = tracker.all(candidate);
    const progress = judge(candidate, convergence);
    why = progress.kind === 'wait' ? progress.why : '';
    if (progress.kind === 'halt') return halt(candidate, progress.reason);
    const present = tracker.present();
    if (isShort(candidate, present, steps)) return completed(present, steps);
    if (convergence.isAbandoned) return replaced(present);
    if (progress.kind === 'next') return goOn(candidate);
    const isDue = now() - reportedAt >= Math.min(REPORT_MS, soakMs);
    return isDue ? report(candidate) : undefined;
  }

  function turn(): void {
    const candidate = offerOf(view);
    if (!candidate || changes.isActing() || isStopped) return;
    const change = next(candidate);
    if (change) void changes.make(candidate, change);
  }

  function wake(): void {
    rest();
    if (!offerOf(view) || isStopped) return;
    rest = every(Math.max(LOOK_MS.least, Math.min(LOOK_MS.most, soakMs / 4)), turn);
  }

  const isSampled = (proxy: Member | undefined) => proxy !== undefined && sampler.isSampled(proxy);

  return {
    follow(rollout) {
      if (rollout === view) return;
      const before = offerOf(view);
      view = rollout;
      if (rollout) otherReplicas.look(rollout);
      const candidate = offerOf(view);
      // What was bad here may be tried again where people say so.
      if (rollout?.halted?.hash === bad?.hash || candidate?.hash !== bad?.hash) bad = undefined;
      // Those that report by a request that lasts would go on until their next answer.
      if (before && !candidate) options.onWatched(isSampled);
      sampler.watch(candidate, rollout?.stable);
      if ((before === undefined) !== (candidate === undefined)) wake();
      if (!candidate || candidate.hash === before?.hash) return;
      sampler.limitTo(tracker.present().length);
      options.onWatched(isSampled);
    },
    settle() {
      settledView = view;
    },
    begin(hash) {
      const candidate = { hash, step: 0, since: timeOfDay(), admitted: {} };
      return admitStep(candidate, tracker.present(), steps);
    },
    admits(proxy) {
      const candidate = offerOf(settledView);
      if (!candidate || candidate.hash === bad?.hash) return false;
      return isAdmitted(candidate, proxy, steps);
    },
    note(proxy, header) {
      const candidate = offerOf(view);
      if (candidate && header !== undefined)
        sampler.note(proxy, header, isAdmitted(candidate, proxy, steps));
    },
    windowOf: (proxy) => (offerOf(view) && sampler.isSampled(proxy) ? windowMs / 1000 : undefined),
    refuse(proxy, { revision, reason = 'no reason given' }) {
      const candidate = offerOf(view);
      if (candidate?.hash !== revision || !isAdmitted(candidate, proxy, steps)) return;
      condemn(revision, `proxy ${proxy.name} refuses it: ${reason}`);
      turn();
    },
    status() {
      const candidate = offerOf(view);
      const strength = candidate && tracker.own(candidate);
      const about = { candidate, strength, steps, waits: why, evidence: sampler.summary().step };
      return view && showRollout(view, about);
    },
    stop() {
      isStopped = true;
      rest();
    },
  };
}
