import { type BackoffBounds, backoff } from '../functions/wire/backoff.ts';
import type { Bundle } from '../functions/wire/bundle.ts';
import type { Log } from '../functions/wire/log.ts';
import type { Applied, Applier } from './apply.ts';
import type { Record } from './disk/record.ts';
import type { Brought, Releases } from './disk/releases.ts';
import type { Haproxy } from './haproxy/haproxy.ts';
import type { Seen } from './haproxy/master.ts';
import type { Mutex } from './mutex.ts';
import { type Outcome, recordOutcome } from './outcome.ts';
import type { RateLimit } from './rate-limit.ts';
import { isTried, type Occasion, type Refusal } from './refusal.ts';
import { createRefusals } from './refusals.ts';
import type { Phases } from './runtime.ts';
import type { Status } from './status.ts';
import { wasCut } from './stop.ts';

/** Keeps HAProxy on the newest release that it takes, and on the last good one otherwise. */
export interface Reconciler {
  /** Takes up what an earlier reloader left: its HAProxy, its releases, a change that it had begun. */
  start(): Promise<void>;
  /**
   * Applies a bundle, or remembers why not.
   *
   * @throws an AbortError where there is no more time: the next start takes up what was begun
   */
  take(bundle: Bundle, occasion: Occasion): Promise<void>;
  /** This hash is the newest, in nobody's place: where it is what runs, nothing else is wanted that was refused. */
  settle(etag: string | undefined): Promise<void>;
  /** Milliseconds until a refusal that may pass is to be tried anew; undefined where there is none. */
  retryInMs(): number | undefined;
  /** Tries it; where it is to be fetched anew, nothing is done, and `false` is given. */
  retry(): Promise<boolean>;
  /** What was refused, and is not wanted again now. */
  declined(): Refusal | undefined;
  /** Looks whether HAProxy runs the last good release, and sees to it. */
  look(): Promise<void>;
}

export interface ReconcilerOptions<Work> {
  readonly releases: Releases;
  readonly record: Record;
  readonly haproxy: Haproxy;
  /** Looks at HAProxy. */
  readonly see: () => Promise<Seen>;
  readonly applier: Applier<Work>;
  readonly status: Status;
  readonly mutex: Mutex;
  readonly log: Log;
  /** Reloads that must wait let dead servers leave meanwhile. */
  readonly rateLimit: RateLimit;
  readonly signal: AbortSignal;
  /** Called when something is due before its time. */
  readonly wake: () => void;
  /** Whether a HAProxy runs that is to be taken over. */
  readonly adopt: () => Promise<boolean>;
}

const RESTART: BackoffBounds = { firstMs: 250, maxMs: 30_000 };
/** A master in the middle of a reload tells nothing for some milliseconds; a slow machine a few looks. */
const PATIENT_LOOKS = 3;

function phasesOf(applied: Applied, startedAt: number): Phases {
  if (applied.kind === 'runtime') return applied.report.phases;
  return applied.kind === 'reloaded' ? { reload: performance.now() - startedAt } : {};
}

/** For the log: how a release became live, and what that took. */
function wordsOf(applied: Exclude<Applied, { kind: 'refused' }>) {
  if (applied.kind !== 'runtime') return { ...applied, kind: undefined, how: applied.kind };
  const { operations, waiting } = applied.report;
  return { how: applied.kind, operations, waiting };
}

/** A reload that is not to come yet. */
interface Postponed {
  readonly waitMs: number;
  /** Servers that were taken out of service meanwhile. */
  readonly retired: number;
  readonly reason: string;
}

export function createReconciler<Work>(options: ReconcilerOptions<Work>): Reconciler {
  const { releases, record, haproxy, applier, status, mutex, rateLimit, log, signal } = options;
  const refusals = createRefusals(options);
  /** Of what is carried over. */
  let told = '';
  let looks = 0;
  let repairs = 0;
  let notBefore = 0;
  status.lastGood = record.memory.lastGood;

  const observe = async (seen?: Seen) => {
    const { processes, liveHash } = seen ?? (await options.see());
    const { version = '', master: pid = 0, workers = [], oldWorkers = [] } = processes ?? {};
    status.live = liveHash;
    status.lastGood = record.memory.lastGood;
    const counted = await Promise.all(oldWorkers.map(haproxy.master.connections));
    const oldConnections = counted.reduce((sum, count) => sum + count, 0);
    const { kind } = haproxy;
    const waiting = applier.waiting();
    status.haproxy = {
      kind,
      version,
      pid,
      worker: Math.max(0, ...workers),
      oldWorkers: oldWorkers.length,
      oldConnections,
      waiting,
    };
  };

  /** Stages, checks, applies. A write that fails is a refusal as any other: what runs stays. */
  const attempt = async (bundle: Bundle): Promise<Outcome | Postponed> => {
    try {
      const startedAt = performance.now();
      await releases.stage(bundle);
      const staged = performance.now();
      const prepared = await applier.prepare({ etag: bundle.etag, files: bundle.files });
      const phases = { stage: staged - startedAt, ...prepared.phases };
      if (prepared.kind === 'refused') return { applied: prepared, phases };
      if (prepared.plan.kind === 'reload') {
        const waitMs = rateLimit.waitMs();
        if (waitMs > 0 && (await haproxy.isRunning())) {
          const retired = await mutex(() => applier.retire(prepared));
          return { waitMs, retired, reason: prepared.plan.reason };
        }
      }
      return await mutex(async () => {
        const preparedAt = performance.now();
        const applied = await applier.commit(prepared);
        const done = { applied, phases: { ...phases, ...phasesOf(applied, preparedAt) } };
        if (applied.kind === 'reloaded' || applied.kind === 'runtime') rateLimit.live(applied.kind);
        recordOutcome(status, done);
        await observe(applied.kind === 'runtime' ? applied.seen : undefined);
        return done;
      });
    } catch (error) {
      if (wasCut(error)) throw error;
      const { code = 'error', message, syscall } = error as NodeJS.ErrnoException;
      const kind = syscall === undefined ? 'failed' : 'disk';
      const reason = message.startsWith(code) ? message : `${code}: ${message}`;
      return { applied: { kind: 'refused', code: kind, reason, errors: [] }, phases: {} };
    }
  };

  /** Loud, as something is missing that nobody renews. */
  const bring = async (bundle: Bundle): Promise<Brought> => {
    const brought = await releases.carry(bundle, record.memory.lastGood);
    const paths = brought.files.filter(({ isCarried }) => isCarried).map(({ path }) => path);
    if (paths.length > 0 && paths.join() !== told)
      log.warn('renderer lacks certificates that the configuration names; keeping them', {
        paths,
      });
    told = paths.join();
    return brought;
  };

  const take: Reconciler['take'] = async (given, occasion) => {
    const bundle = await bring(given);
    const { etag } = bundle;
    status.wanted = etag;
    // A renderer that goes from one revision to the other brings it sooner than it is due.
    if (refusals.rests(bundle, occasion)) return;
    if (occasion !== 'instead') refusals.supersede();
    const known = refusals.find(etag);
    if (known !== undefined && !isTried(known, occasion)) return;
    const isLive = etag === record.memory.lastGood && record.memory.applying === undefined;
    if (isLive && applier.isWhole()) {
      // Whole already or mended here: a file of a release may have been lost.
      await releases
        .stage(bundle)
        .catch((error: unknown) => log.error('cannot repair a release on disk', { error }));
      await refusals.forgive(etag, occasion);
      return look();
    }
    const outcome = await attempt(bundle);
    if ('waitMs' in outcome) {
      refusals.postpone(bundle, outcome.waitMs);
      log.info('reload delayed', { etag, ...outcome });
      return;
    }
    const { applied, phases } = outcome;
    if (applied.kind === 'refused') return refusals.refuse(bundle, applied);
    log.info('release live', { etag, ...wordsOf(applied), phases });
    await refusals.forgive(etag, occasion);
  };

  const repair = async () => {
    if (performance.now() < notBefore) return;
    repairs += 1;
    notBefore = performance.now() + backoff(repairs, RESTART);
    status.counts.repairs += 1;
    const running = await haproxy.isRunning();
    log.warn('restoring the last good release', { running, live: status.live });
    const applied = await applier.converge();
    if (applied.kind === 'refused')
      log.error('cannot restore the last good release', { ...applied });
    else if (!running) status.counts.starts += 1;
    await observe();
  };

  const look: Reconciler['look'] = () =>
    mutex(async () => {
      if (signal.aborted) return;
      await observe();
      const { lastGood, applying } = record.memory;
      if (lastGood === undefined) return;
      const pointed = await releases.pointed();
      if (status.live === lastGood && applying === undefined && pointed === lastGood) {
        looks = 0;
        repairs = 0;
        if (refusals.hasten()) options.wake();
        return;
      }
      const running = await haproxy.isRunning();
      const isChild = haproxy.kind === 'child';
      looks += 1;
      // A neighbour that is away may be about to start: what it reads must not change under it.
      if ((running || !isChild) && looks < PATIENT_LOOKS) return;
      if (running || isChild) return repair();
      if (pointed !== lastGood) await releases.point(lastGood);
    });

  /** What only a new HAProxy could take: here it is. Where it does not start, the last good release does. */
  const startFrom = async (etag: string) => {
    const release = await releases.read(etag);
    if (release !== undefined) await take({ schema: 1, asOf: {}, ...release }, 'asked');
  };

  return {
    async start() {
      const pointed = await releases.pointed();
      if (
        record.memory.lastGood === undefined &&
        pointed !== undefined &&
        (await releases.read(pointed))
      )
        await record.update({ lastGood: pointed });
      const { lastGood, applying } = record.memory;
      const newest = refusals.newest();
      const rolled = newest?.code === 'roll-the-pod' ? newest.etag : undefined;
      const kept = [lastGood, applying, pointed, rolled];
      await releases.prune(kept.filter((etag) => etag !== undefined));
      const adopted = await options.adopt();
      if (adopted) log.info('took over a running HAProxy');
      else if (haproxy.kind === 'child' && rolled !== undefined) await startFrom(rolled);
      looks = PATIENT_LOOKS;
      const good = record.memory.lastGood;
      if (good === undefined || (await releases.read(good)) === undefined)
        log.warn('no good release on disk; waiting for the renderer');
      // Where servers left ahead of a reload, the renderer is to say again what shall be: nothing is known of it here.
      else if (applier.isWhole()) status.wanted ??= good;
      await look();
      await applier.resume();
    },
    take,
    async settle(etag) {
      if (etag !== undefined && etag === record.memory.lastGood)
        await refusals.forgive(etag, 'came');
    },
    retryInMs: () => refusals.waiting()?.inMs,
    async retry() {
      const { bundle } = refusals.waiting() ?? {};
      if (bundle === undefined) {
        refusals.supersede();
        return false;
      }
      await take(bundle, 'due');
      return true;
    },
    declined: refusals.declined,
    look,
  };
}
