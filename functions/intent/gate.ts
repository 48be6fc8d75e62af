import { type Diagnostic, sortDiagnostics } from '../core/diagnostics.ts';
import { hashIntent, holdBack, type Intent, type Unit } from '../core/intent.ts';
import type { Log } from '../wire/log.ts';
import { createCandidate } from './candidate.ts';
import type { Verdict } from './fault.ts';
import { createHeldBack } from './held-back.ts';
import { createJudge, type JudgeOptions } from './judge.ts';
import { type Found, type Held, search } from './search.ts';
import type { GateStatus, HeldBack } from './status.ts';
import type { Leave } from './steering.ts';

/** An intent that is to be served from now on. */
export interface Good {
  readonly intent: Intent;
  /** What it was before something was held back; absent where it is an earlier revision. */
  readonly from?: Intent;
  /** What is held back of it. */
  readonly held: readonly HeldBack[];
}

export interface GateOptions extends Omit<JudgeOptions, 'onChecked'> {
  /** An intent has passed, and may be served once this says so; or else is to be held back in another way. */
  readonly onPass: (
    good: Good & { readonly from: Intent; readonly isOutdated: () => boolean },
  ) => Promise<Leave>;
  /** An intent is to be served. */
  readonly onGood: (good: Good) => void;
  /** The newest intent is judged; nothing is pending. */
  readonly onJudged: () => void;
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
  /** Another replica came to another last good intent: what is held back here, if anything, falls back to that. */
  rebase(base: Intent): boolean;
  /** Takes a newer intent; one that is being judged is given up for it. */
  note(newest: Intent): void;
  /** What held units were refused with has changed: they are tried again. */
  revisit(): void;
  /** Why the newest intent is not what is served. */
  failure(): Diagnostic | undefined;
  diagnostics(): readonly Diagnostic[];
  status(): GateStatus;
  stop(): void;
}

/** Beyond these, all that changed and is not known to be good is held back as a whole. */
const MOST_RENDERS = 400;
const MOST_CHECKS = 100;
const LONGEST_MS = 60_000;

/** A newer intent has come: what is being judged is worth nothing more. */
class Superseded extends Error {}
/** What is held back is to fall back to something else. */
class Rebased extends Error {}

/** The fleet runs what was made from newer ConfigMaps: they are about to come. */
class Behind extends Error {}

/** After so long, in milliseconds, they will not come: what is there is served. */
const LONGEST_BEHIND_MS = 30_000;
const LOOK_AGAIN_MS = 1_000;
/** Beyond so many in a row, replicas that disagree serve what each came to. */
const MOST_REBASES = 5;

export function createGate(options: GateOptions): Gate {
  const { namespace, trial, checker, log, now = Date.now } = options;
  const judge = createJudge({ ...options, onChecked });
  let newest: Intent | undefined;
  let newestSince = 0;
  let hasBegun = false;
  let frozen: 'pinned' | 'paused' | undefined;
  /** What is held back falls back to its values. */
  let base: Intent | undefined;
  /** The base that the newest is judged by. */
  let judgedBy: Intent | undefined;
  /** What is served. */
  let current: Intent | undefined;
  let currentSince = 0;
  const heldBack = createHeldBack({ namespace, log, now });
  let nothingGood: Diagnostic | undefined;
  let unjudged: string | undefined;
  let isRunning = false;
  let wanted: 'no' | 'revisit' | 'new' = 'no';
  let isJudged = false;
  let isSearching = false;
  let isStopped = false;
  let rebases = 0;
  let behindSince: number | undefined;
  let timer: NodeJS.Timeout | undefined;

  function onChecked(reason: string | undefined): void {
    if (reason !== undefined && unjudged !== reason)
      log.warn('an intent could not be checked, and is served unchecked', { reason });
    unjudged = reason;
  }

  /** What is good at once is served, however fast the next one comes; no search goes on for what is superseded. */
  function goOn(): void {
    if ((wanted === 'new' && isSearching) || isStopped) throw new Superseded();
  }

  /** A service that a change of its own would leave out stays at its last good value instead. */
  function spared(verdict: Verdict, changed: readonly Unit[], held: ReadonlySet<Unit>): Verdict {
    if (verdict.kind !== 'good' || base === undefined) return verdict;
    const units = [...verdict.leftOut.keys()].filter(
      (unit) => changed.includes(unit) && !held.has(unit),
    );
    const diagnostic = units[0] && verdict.leftOut.get(units[0]);
    if (!diagnostic) return verdict;
    return { kind: 'bad', fault: { stage: 'render', diagnostic, telltales: [], units } };
  }

  async function judgeNewest(whole: Intent): Promise<void> {
    judgedBy = base;
    const candidate = createCandidate({ whole, base, namespace });
    const { before, target, changed, odd, without } = candidate;
    const keep = (found: Held) => heldBack.keep(new Map([...odd, ...found]), whole, before);
    const serve = async (found: Held) => {
      keep(found);
      await accept(holdBack(target, before, new Set(found.keys())), whole);
    };
    const started = now();
    isSearching = false;
    const spent = judge.spent();
    const found: Found = await search({
      changed,
      known: heldBack.known(changed, target),
      hasBase: base !== undefined,
      async test(units, depth) {
        goOn();
        const verdict = spared(await judge.judge(without(units), depth), changed, units);
        isSearching = true;
        return verdict;
      },
      trace: ({ telltales }, units) =>
        candidate.trace(telltales, units, (intent) => {
          goOn();
          return judge.files(intent);
        }),
      onGood: serve,
      isExhausted: () =>
        judge.spent().renders - spent.renders > MOST_RENDERS ||
        judge.spent().checks - spent.checks > MOST_CHECKS ||
        now() - started > LONGEST_MS,
    });
    nothingGood = found.kind === 'nothing' ? found.fault.diagnostic : undefined;
    // All that changed is held back, or nothing has changed: what is served then was good before.
    if (found.kind === 'good') await serve(found.held);
  }

  async function accept(intent: Intent, from: Intent): Promise<void> {
    nothingGood = undefined;
    const held = heldBack.list();
    const isServed = current !== undefined && hashIntent(current) === hashIntent(intent);
    // What falls back to an earlier value asks even then: the fleet may have had a later one, never seen here.
    if (isServed && held.length === 0) {
      base = intent;
      judgedBy = intent;
      return;
    }
    const leave = await options.onPass({ intent, from, held, isOutdated: () => base !== judgedBy });
    if (leave.kind === 'outdated') throw new Rebased();
    if (leave.kind === 'behind' && !hasWaited()) throw new Behind();
    if (leave.kind === 'rebase' && rebases < MOST_REBASES) {
      rebases++;
      base = leave.base;
      throw new Rebased();
    }
    rebases = 0;
    behindSince = undefined;
    // People have pinned or paused meanwhile.
    if (!frozen && !isStopped) serve({ intent, from, held: heldBack.list() });
  }

  /** Whether newer ConfigMaps have been waited for long enough: versions may have gone back with an etcd restore. */
  function hasWaited(): boolean {
    behindSince ??= now();
    return now() - behindSince > LONGEST_BEHIND_MS;
  }

  function serve(good: Good): void {
    const { intent, held } = good;
    base = intent;
    judgedBy = intent;
    if (current && hashIntent(current) === hashIntent(intent)) return;
    current = intent;
    currentSince = now();
    const revision = hashIntent(intent);
    log.info('another intent is served', { revision, held: held.map(({ unit }) => unit) });
    options.onGood(good);
  }

  async function run(): Promise<void> {
    isRunning = true;
    while (wanted !== 'no' && hasBegun && !frozen && !isStopped && newest) {
      wanted = 'no';
      try {
        await judgeNewest(newest);
        isJudged = (wanted as string) !== 'new';
      } catch (error) {
        if (error instanceof Behind) lookAgain();
        else if (error instanceof Rebased) want('revisit');
        else if (!(error instanceof Superseded))
          log.error('an intent could not be judged', { error });
      }
      if (isJudged) options.onJudged();
    }
    isRunning = false;
  }

  function lookAgain(): void {
    isJudged = false;
    timer ??= setTimeout(() => {
      timer = undefined;
      want('revisit');
    }, LOOK_AGAIN_MS);
    timer.unref();
  }

  function want(what: 'revisit' | 'new'): void {
    if (wanted !== 'new') wanted = what;
    if (!isRunning) void run();
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
      if (newest) want('new');
    },
    freeze(how, revision) {
      frozen = how;
      heldBack.clear();
      if (revision) serve({ intent: revision, held: [] });
      options.onJudged();
    },
    thaw() {
      if (!frozen) return;
      frozen = undefined;
      isJudged = false;
      want('new');
    },
    rebase(last) {
      if (heldBack.list().length === 0) return false;
      base = last;
      want('revisit');
      return true;
    },
    note(intent) {
      newest = intent;
      newestSince = now();
      isJudged = false;
      want('new');
    },
    revisit() {
      if (heldBack.list().length > 0 || nothingGood) want('revisit');
    },
    failure: () => nothingGood ?? heldBack.diagnostics()[0],
    diagnostics: () =>
      sortDiagnostics([...(nothingGood ? [nothingGood] : []), ...heldBack.diagnostics()]),
    status: () => ({
      ...(current && { current: { hash: hashIntent(current), since: currentSince } }),
      ...(newest && { newest: { hash: hashIntent(newest), since: newestSince } }),
      state: stateNow(),
      held: heldBack.list(),
      tries: judge.spent(),
      ...(unjudged === undefined ? {} : { unjudged }),
    }),
    stop() {
      isStopped = true;
      clearTimeout(timer);
      trial.stop();
      checker?.close();
    },
  };
}
