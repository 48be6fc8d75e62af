import { assembleBundle, type CertificateFile } from '../core/assembly.ts';
import { type Diagnostic, sortDiagnostics } from '../core/diagnostics.ts';
import {
  CONFIG,
  changedUnits,
  hashIntent,
  holdBack,
  type Intent,
  placeOf,
  serviceOf,
  type Unit,
} from '../core/intent.ts';
import type { RenderedFile, Rendering } from '../core/render.ts';
import { readService } from '../core/services.ts';
import type { Variant } from '../publication.ts';
import { RendererGone } from '../renderer/process.ts';
import type { Log } from '../wire/log.ts';
import type { Checked, Checker } from './check.ts';
import { checkFault, goneFault, renderFault } from './explain.ts';
import type { Fault, Verdict } from './fault.ts';
import { type Found, type Held, search } from './search.ts';
import { traceLine } from './trace.ts';
import type { GateStatus, HeldBack } from './status.ts';
import type { Trial } from './trial.ts';

/** An intent that is to be served from now on. */
export interface Good {
  readonly intent: Intent;
  /** What it was before something was held back; absent where it is an earlier revision. */
  readonly from?: Intent;
  /** What is held back of it. */
  readonly held: readonly HeldBack[];
}

export interface GateOptions {
  readonly namespace: string;
  readonly trial: Trial;
  /** Those that are served, the default first. */
  readonly variants: () => readonly Variant[];
  readonly certificates: () => ReadonlyMap<string, CertificateFile>;
  /** Absent: nothing but renders judges an intent. */
  readonly checker?: Checker | undefined;
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
  /** Another replica came to another last good intent: what is held back here falls back to that. */
  rebase(base: Intent): void;
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

const NOTHING: Intent = {};

/** A newer intent has come: what is being judged is worth nothing more. */
class Superseded extends Error {}

/** Services that are new or changed and cannot be read: nothing needs to be rendered to know that they are bad. */
function unreadable(changed: readonly Unit[], newest: Intent, namespace: string): Held {
  const held = new Map<Unit, Fault>();
  for (const unit of changed) {
    const name = serviceOf(unit);
    const text = name === undefined ? undefined : newest.services?.[name];
    if (name === undefined || text === undefined) continue;
    const { object } = placeOf(unit, namespace);
    const result = readService({ object, name, text });
    if (result.kind === 'problem')
      held.set(unit, { stage: 'render', diagnostic: result.diagnostic, telltales: [] });
  }
  return held;
}

export function createGate(options: GateOptions): Gate {
  const { namespace, trial, checker, log, now = Date.now } = options;
  let newest: Intent | undefined;
  let newestSince = 0;
  let hasBegun = false;
  let frozen: 'pinned' | 'paused' | undefined;
  /** What is held back falls back to its values. */
  let base: Intent | undefined;
  /** What is served. */
  let current: Intent | undefined;
  let currentSince = 0;
  let held: readonly HeldBack[] = [];
  let nothingGood: Diagnostic | undefined;
  let unjudged: string | undefined;
  let renders = 0;
  let isRunning = false;
  let wanted: 'no' | 'revisit' | 'new' = 'no';
  let isJudged = false;
  let isSearching = false;
  let isStopped = false;

  async function render(intent: Intent, variant: Variant): Promise<Rendering> {
    // What is good at once is served, however fast the next one comes; no search goes on for what is superseded.
    if ((wanted === 'new' && isSearching) || isStopped) throw new Superseded();
    renders++;
    return trial.render(intent, variant);
  }

  /** Where there is a checker, renders name the files where it puts them; they differ in nothing else. */
  function variants(): readonly Variant[] {
    const all = options.variants();
    if (!checker) return all;
    const { sslDir, filesDir } = checker;
    const byParams = new Map(all.map(({ params }) => [JSON.stringify(params), params]));
    return [...byParams.values()].map((params) => ({ sslDir, filesDir, params }));
  }

  async function check(rendering: Rendering & { kind: 'rendered' }): Promise<Checked> {
    if (!checker) return { kind: 'fine' };
    const known = options.certificates();
    // A certificate may have gone since the render was told of it: then it is not checked with it.
    const certificates = rendering.certificates.filter((name) => known.has(name));
    const bareNames = rendering.bareNames.filter((name) => known.has(name));
    const files = { ...rendering, certificates, bareNames };
    return checker.check(assembleBundle({ rendering: files, certificates: known, asOf: {} }));
  }

  async function judge(intent: Intent, depth: 'render' | 'check'): Promise<Verdict> {
    for (const variant of variants()) {
      let rendering: Rendering;
      try {
        rendering = await render(intent, variant);
      } catch (error) {
        if (!(error instanceof RendererGone)) throw error;
        return { kind: 'bad', fault: goneFault(error, namespace) };
      }
      if (rendering.kind !== 'rendered') return { kind: 'bad', fault: renderFault(rendering) };
      if (depth === 'render') continue;
      const checked = await check(rendering);
      if (checked.kind === 'refused')
        return { kind: 'bad', fault: checkFault(checked, { rendering, namespace }) };
      if (checked.kind === 'unjudged') warnUnjudged(checked.reason);
    }
    return { kind: 'good' };
  }

  function warnUnjudged(reason: string): void {
    if (unjudged !== reason)
      log.warn('an intent could not be checked, and is served unchecked', { reason });
    unjudged = reason;
  }

  async function filesOf(intent: Intent): Promise<readonly RenderedFile[] | undefined> {
    try {
      const rendering = await render(intent, variants()[0] as Variant);
      return rendering.kind === 'rendered' ? rendering.files : undefined;
    } catch (error) {
      if (error instanceof RendererGone) return undefined;
      throw error;
    }
  }

  /** How long a unit has been held back as it is now. */
  function sinceOf(unit: Unit, value: string | undefined): number {
    return heldValues.get(unit) === value
      ? (held.find((h) => h.unit === unit)?.since ?? now())
      : now();
  }

  let heldValues = new Map<Unit, string | undefined>();
  const contentOf = (intent: Intent, unit: Unit): string | undefined => {
    const name = serviceOf(unit);
    if (name === undefined) return intent.config && hashIntent({ config: intent.config });
    return intent.services && Object.hasOwn(intent.services, name)
      ? intent.services[name]
      : undefined;
  };

  function keepHeld(target: Intent, base: Intent, found: Held): void {
    const before = held;
    held = [...found]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([unit, { diagnostic }]) => ({
        unit,
        since: sinceOf(unit, contentOf(target, unit)),
        serves: contentOf(base, unit) === undefined ? 'left out' : 'last good',
        diagnostic,
      }));
    heldValues = new Map(held.map(({ unit }) => [unit, contentOf(target, unit)]));
    for (const { unit, serves, diagnostic } of held)
      if (!before.some((h) => h.unit === unit && h.diagnostic.message === diagnostic.message))
        log.warn('held back', { unit, serves, diagnostic });
  }

  async function judgeNewest(whole: Intent): Promise<void> {
    const before = base ?? NOTHING;
    const odd = base ? unreadable(changedUnits(before, whole), whole, namespace) : new Map();
    const target = holdBack(whole, before, new Set(odd.keys()));
    const changed = changedUnits(before, target);
    const keep = (found: Held) => keepHeld(whole, before, new Map([...odd, ...found]));
    const serve = (found: Held) => {
      keep(found);
      accept(holdBack(target, before, new Set(found.keys())), whole);
    };
    const started = now();
    isSearching = false;
    const spent = { renders, checks: checker?.count() ?? 0 };
    const known = new Map(
      held
        .filter(({ unit }) => changed.includes(unit))
        .filter(({ unit }) => heldValues.get(unit) === contentOf(target, unit))
        .map((h) => [h.unit, { stage: 'check', diagnostic: h.diagnostic, telltales: [] } as Fault]),
    );
    const intents = new Map<string, Intent>();
    const without = (units: ReadonlySet<Unit>): Intent => {
      const key = [...units].sort().join(' ');
      const intent = intents.get(key) ?? holdBack(target, before, units);
      intents.clear();
      intents.set(key, intent);
      return intent;
    };
    const found: Found = await search({
      changed,
      known,
      hasBase: base !== undefined,
      async test(units, depth) {
        const verdict = await judge(without(units), depth);
        isSearching = true;
        return verdict;
      },
      trace: async ({ telltales }, units) => {
        const suspects = changed.filter((unit) => unit !== CONFIG && !units.has(unit));
        const render = (more: readonly Unit[]) => filesOf(without(new Set([...units, ...more])));
        const traced: Unit[] = [];
        for (const telltale of telltales) {
          const unit = await traceLine(telltale, { newest: target, units: suspects, render });
          if (unit !== undefined && !traced.includes(unit)) traced.push(unit);
        }
        return traced;
      },
      onGood: serve,
      isExhausted: () =>
        renders - spent.renders > MOST_RENDERS ||
        (checker?.count() ?? 0) - spent.checks > MOST_CHECKS ||
        now() - started > LONGEST_MS,
    });
    nothingGood = found.kind === 'nothing' ? found.fault.diagnostic : undefined;
    // All that changed is held back, or nothing has changed: what is served then was good before.
    if (found.kind === 'good') serve(found.held);
  }

  function accept(intent: Intent, from: Intent | undefined): void {
    if (frozen && from) return;
    nothingGood = undefined;
    base = intent;
    if (current && hashIntent(current) === hashIntent(intent)) return;
    current = intent;
    currentSince = now();
    log.info('intent passed', { revision: hashIntent(intent), held: held.map(({ unit }) => unit) });
    options.onGood({ intent, ...(from && { from }), held });
  }

  async function run(): Promise<void> {
    isRunning = true;
    while (wanted !== 'no' && hasBegun && !frozen && !isStopped && newest) {
      wanted = 'no';
      try {
        await judgeNewest(newest);
        isJudged = (wanted as string) !== 'new';
      } catch (error) {
        if (!(error instanceof Superseded)) throw error;
      }
      if (isJudged) options.onJudged();
    }
    isRunning = false;
  }

  function want(what: 'revisit' | 'new'): void {
    if (wanted !== 'new') wanted = what;
    if (!isRunning) void run();
  }

  function stateNow(): GateStatus['state'] {
    if (frozen) return frozen;
    if (!isJudged) return 'checking';
    if (nothingGood) return 'none good';
    return held.length > 0 ? 'held back' : 'good';
  }

  const explainHeld = ({ unit, serves, diagnostic }: HeldBack): Diagnostic => {
    const place = placeOf(unit, namespace);
    const isItsOwn = diagnostic.where.object === place.object;
    const stays = serves === 'last good' ? 'stays at its last good value' : 'is left out';
    return {
      ...diagnostic,
      hint: `${diagnostic.hint} Until then ${place.key ?? 'ConfigMap config'} ${stays}; all else is served as it is now.`,
      where: isItsOwn ? diagnostic.where : { ...place },
    };
  };

  return {
    begin(last) {
      hasBegun = true;
      if (last) accept(last, undefined);
      if (newest) want('new');
    },
    freeze(how, revision) {
      frozen = how;
      held = [];
      heldValues = new Map();
      if (revision) accept(revision, undefined);
      options.onJudged();
    },
    thaw() {
      if (!frozen) return;
      frozen = undefined;
      isJudged = false;
      want('new');
    },
    rebase(last) {
      if (held.length === 0) return;
      base = last;
      want('revisit');
    },
    note(intent) {
      newest = intent;
      newestSince = now();
      isJudged = false;
      want('new');
    },
    revisit() {
      if (held.length > 0 || nothingGood) want('revisit');
    },
    failure: () => nothingGood ?? (held[0] && explainHeld(held[0])),
    diagnostics: () =>
      sortDiagnostics([...(nothingGood ? [nothingGood] : []), ...held.map(explainHeld)]),
    status: () => ({
      ...(current && { current: { hash: hashIntent(current), since: currentSince } }),
      ...(newest && { newest: { hash: hashIntent(newest), since: newestSince } }),
      state: stateNow(),
      held,
      tries: { renders, checks: checker?.count() ?? 0 },
      ...(unjudged === undefined ? {} : { unjudged }),
    }),
    stop() {
      isStopped = true;
      trial.stop();
      checker?.close();
    },
  };
}
