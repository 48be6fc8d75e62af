import { type Diagnostic, sortDiagnostics } from '../core/diagnostics.ts';
import { hashIntent, type Intent } from '../core/intent.ts';
import { backoff } from '../wire/backoff.ts';
import type { Log } from '../wire/log.ts';
import { createHeldBack } from './held-back.ts';
import { Interruption } from './interruption.ts';
import { createJudge, type JudgeOptions } from './judge.ts';
import { judgeIntent } from './judgement.ts';
import type { Leave } from './leave.ts';
import type { RefusedIntents } from './refused-intents.ts';
import { createRounds } from './rounds.ts';
import type { GateStatus, HeldBack } from './status.ts';

/** An intent that is to be served from now on. */
export interface Good {
  readonly intent: Intent;
  /** What it was before something was held back; absent where it is an earlier revision. */
  readonly from?: Intent;
  /** What is held back of it. */
  readonly held: readonly HeldBack[];
}

export interface GateOptions extends Omit<JudgeOptions, 'onChecked' | 'refusedBy'> {
  /** What proxies refuse, where that counts. */
  readonly refused?: Pick<RefusedIntents, 'find' | 'attribute'> | undefined;
  /** An intent has passed, and may be served once this says so; or else is to be held back in another way. */
  readonly onPass: (
    good: Good & {
      readonly from: Intent;
      readonly base: Intent | undefined;
      readonly hasWaited: boolean;
      readonly isOutdated: () => boolean;
    },
  ) => Promise<Leave>;
  /** Whether anything but what is served is offered to proxies, or was. */
  readonly hasOffer: () => boolean;
  /** An intent is to reach the proxies in steps. */
  readonly onStaged: (good: Good) => void;
  /** What reached all proxies in steps, or what other replicas serve, is to be served. */
  readonly onAdopted: (intent: Intent) => void;
  /** An intent is to be served. */
  readonly onGood: (good: Good) => void;
  /** The newest intent is judged, or does not count now; nothing is pending. */
  readonly onJudged: () => void;
  /** The newest intent could not be judged: `failure` says why. */
  readonly onFault: () => void;
  readonly log: Log;
  readonly now?: () => number;
}

/** What an intent passes before any proxy is offered it. Endpoints never wait for it. */
export interface Gate {
  /** Nothing is judged before. `base`: what the fleet ran last, served until the newest has passed. */
  begin(base: Intent | undefined): void;
  /** Serves this revision, or else the one that is served, whatever comes: people pinned or paused. */
  freeze(how: 'pinned' | 'paused', revision: Intent | undefined): void;
  thaw(): void;
  /** Serves this revision, which the fleet runs by now; what is held back falls back to it. */
  adopt(revision: Intent): void;
  /** Another replica came to another last good intent: what is held back here, if anything, falls back to that. */
  rebase(base: Intent): void;
  /**
   * Proxies refuse what is served, or another replica knows of some that do: it is judged anew.
   *
   * @param from what they ran before, which what is held back falls back to; absent: as it is
   */
  doubt(from?: { readonly intent: Intent | undefined }): void;
  /** What replicas had agreed upon is gone: the newest is judged, and agreed upon, anew. */
  renew(): void;
  /** Takes a newer intent; one that is being judged is given up for it. */
  note(newest: Intent): void;
  /** What held units were refused with has changed: they are tried again. */
  revisit(): void;
  /** Whether nothing is pending: the newest intent is judged, or does not count. */
  isJudged(): boolean;
  /** Why the newest intent is not what is served. */
  failure(): Diagnostic | undefined;
  diagnostics(): readonly Diagnostic[];
  status(): GateStatus;
  stop(): void;
}

/** After so long, in milliseconds, what the fleet runs and is not known here will not come: what is there is served. */
const LONGEST_BEHIND_MS = 30_000;
const LOOK_AGAIN_MS = 1_000;
/** Between tries to judge what could not be judged, since the service itself failed. */
const FAULT = { firstMs: 1_000, maxMs: 60_000 };
/** Beyond so many in a row, replicas that disagree take their time. */
const MOST_REBASES = 5;

function explainFault(error: unknown, namespace: string): Diagnostic {
  return {
    severity: 'error',
    code: 'intent-unjudged',
    message: `the newest intent could not be judged: ${(error as Error).message}`,
    hint: 'This is a fault of the service, not of the intent: it is tried again by itself, and the last good one is served meanwhile.',
    where: { object: `configmaps/${namespace}/config` },
  };
}

export function createGate(options: GateOptions): Gate {
  const { namespace, trial, checker, refused, log, now = Date.now } = options;
  const judge = createJudge({ ...options, refusedBy: refused?.find, onChecked });
  const heldBack = createHeldBack({ namespace, log, now });
  const rounds = createRounds({ mayRun, run });
  let newest: Intent | undefined;
  let newestSince = 0;
  let hasBegun = false;
  let frozen: 'pinned' | 'paused' | undefined;
  /** What is held back falls back to its values. */
  let base: Intent | undefined;
  /** The base that the newest is judged by, whatever has become of it since. */
  let judgedBy: Intent | undefined;
  /** What is served. */
  let current: Intent | undefined;
  let currentSince = 0;
  let nothingGood: Diagnostic | undefined;
  let unjudged: string | undefined;
  let fault: Diagnostic | undefined;
  let faults = 0;
  let isJudged = false;
  let isStopped = false;
  let rebases = 0;
  /** Nobody can tell any more what replicas had agreed upon. */
  let isForgotten = false;
  let behindSince: number | undefined;

  function onChecked(reason: string | undefined): void {
    if (reason !== undefined && unjudged !== reason)
      log.warn('cannot check an intent; serving it unchecked', { reason });
    unjudged = reason;
  }

  function mayRun(): boolean {
    return hasBegun && !frozen && newest !== undefined;
  }

  /** No search goes on for what is superseded, or does not count now. */
  function goOn(isSearching: boolean): void {
    if ((rounds.isSuperseded() && isSearching) || frozen || isStopped)
      throw new Interruption('superseded');
  }

  async function accept(intent: Intent, from: Intent): Promise<void> {
    nothingGood = undefined;
    const held = heldBack.list();
    const isServed = current !== undefined && hashIntent(current) === hashIntent(intent);
    // What falls back to an earlier value asks even then: the fleet may have had a later one, never seen here.
    if (isServed && held.length === 0 && !options.hasOffer() && !isForgotten) {
      base = intent;
      judgedBy = intent;
      return;
    }
    const isOutdated = () => base !== judgedBy;
    const isLate = behindSince !== undefined && hasWaited();
    const leave = await options.onPass({
      ...{ intent, from, held, base: judgedBy, hasWaited: isLate, isOutdated },
    });
    if (leave.kind === 'outdated') throw new Interruption('rebased');
    const isBehind = leave.kind === 'frozen' || (leave.kind === 'behind' && !hasWaited());
    if (isBehind) throw new Interruption('behind');
    if (leave.kind === 'rebase') {
      rebases++;
      base = leave.base;
      throw new Interruption(rebases > MOST_REBASES ? 'behind' : 'rebased');
    }
    rebases = 0;
    isForgotten = false;
    behindSince = undefined;
    // People have pinned or paused meanwhile.
    goOn(false);
    if (leave.kind === 'stage') options.onStaged({ intent, from, held });
    else if (leave.kind !== 'halted') {
      serve({ intent, from, held: heldBack.list() });
      judgedBy = intent;
    }
  }

  /** Whether newer ConfigMaps have been waited for long enough. */
  function hasWaited(): boolean {
    behindSince ??= now();
    return now() - behindSince > LONGEST_BEHIND_MS;
  }

  function serve(good: Good): void {
    const { intent, held } = good;
    base = intent;
    if (current && hashIntent(current) === hashIntent(intent)) return;
    current = intent;
    currentSince = now();
    const revision = hashIntent(intent);
    log.info('serving another intent', { revision, held: held.map(({ unit }) => unit) });
    options.onGood(good);
  }

  async function judgeNewest(whole: Intent): Promise<void> {
    judgedBy = base;
    const onGood = (intent: Intent) => accept(intent, whole);
    const found = await judgeIntent({
      ...{ whole, base, namespace, judge, heldBack, goOn, onGood, now },
      onHeld: refused?.attribute,
    });
    nothingGood = found?.diagnostic;
    fault = undefined;
    faults = 0;
    isJudged = !rounds.isSuperseded();
  }

  function giveUp(error: unknown): void {
    if (!(error instanceof Interruption)) {
      isJudged = false;
      fault = explainFault(error, namespace);
      faults++;
      log.error('cannot judge an intent', { error, faults });
      rounds.wantLater(backoff(faults, FAULT));
      options.onFault();
    } else if (error.why === 'behind') {
      isJudged = false;
      rounds.wantLater(LOOK_AGAIN_MS);
    } else if (error.why === 'rebased') rounds.want('revisit');
  }

  async function run(): Promise<void> {
    try {
      await judgeNewest(newest as Intent);
    } catch (error) {
      giveUp(error);
    }
    if (isJudged) options.onJudged();
  }

  function stateNow(): GateStatus['state'] {
    if (frozen) return frozen;
    if (!isJudged) return 'checking';
    if (nothingGood) return 'none good';
    return heldBack.list().length > 0 ? 'held back' : 'good';
  }

  return {
    begin(last) {
      hasBegun = true;
      if (last) serve({ intent: last, held: [] });
      if (newest) rounds.want('new');
    },
    freeze(how, revision) {
      frozen = how;
      heldBack.clear();
      fault = undefined;
      if (revision) serve({ intent: revision, held: [] });
      options.onJudged();
    },
    thaw() {
      if (!frozen) return;
      frozen = undefined;
      isJudged = false;
      rounds.want('new');
    },
    adopt(revision) {
      if (current && hashIntent(current) === hashIntent(revision)) return;
      base = revision;
      current = revision;
      currentSince = now();
      log.info('serving another intent', { revision: hashIntent(revision) });
      options.onAdopted(revision);
      if (heldBack.list().length > 0) rounds.want('revisit');
    },
    rebase(last) {
      if (heldBack.list().length === 0) return;
      base = last;
      rounds.want('revisit');
    },
    doubt(from) {
      if (frozen) return;
      if (from) base = from.intent;
      isJudged = false;
      rounds.want('revisit');
    },
    renew() {
      isForgotten = true;
      isJudged = false;
      rounds.want('revisit');
    },
    note(intent) {
      newest = intent;
      newestSince = now();
      isJudged = false;
      rounds.want('new');
      if (frozen) options.onJudged();
    },
    revisit() {
      if (heldBack.list().length > 0 || nothingGood) rounds.want('revisit');
    },
    isJudged: () => frozen !== undefined || isJudged,
    failure: () => fault ?? nothingGood ?? heldBack.diagnostics()[0],
    diagnostics: () =>
      sortDiagnostics([
        ...[fault, nothingGood].flatMap((diagnostic) => diagnostic ?? []),
        ...heldBack.diagnostics(),
      ]),
    status: () => ({
      ...(current && { current: { hash: hashIntent(current), since: currentSince } }),
      ...(newest && { newest: { hash: hashIntent(newest), since: newestSince } }),
      state: stateNow(),
      held: heldBack.list(),
      tries: judge.spent(),
      ...(unjudged === undefined ? {} : { unjudged }),
      ...(fault === undefined ? {} : { fault: fault.message }),
    }),
    stop() {
      isStopped = true;
      rounds.stop();
      trial.stop();
      checker?.close();
    },
  };
}
