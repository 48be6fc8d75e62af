import { holdBack, type Intent, type Unit } from '../core/intent.ts';
import { createCandidate } from './candidate.ts';
import type { Fault, Verdict } from './fault.ts';
import type { HeldBackUnits } from './held-back.ts';
import type { Judge } from './judge.ts';
import { type Held, search } from './search.ts';

export interface JudgementOptions {
  /** The intent as people wrote it. */
  readonly whole: Intent;
  /** The last good one, which what is held back falls back to. */
  readonly base: Intent | undefined;
  readonly namespace: string;
  readonly judge: Judge;
  readonly heldBack: HeldBackUnits;
  /** These are going to be held back. */
  readonly onHeld?: ((held: Held) => void) | undefined;
  /** Throws where what is judged is worth nothing more; `isSearching`: something of it is bad. */
  readonly goOn: (isSearching: boolean) => void;
  /** This of it is good, and what is held back is noted. */
  readonly onGood: (intent: Intent) => Promise<void>;
  readonly now: () => number;
}

/** Beyond these, all that changed and is not known to be good is held back as a whole. */
const MOST_RENDERS = 400;
const MOST_CHECKS = 100;
const LONGEST_MS = 60_000;

interface About {
  readonly changed: readonly Unit[];
  readonly held: ReadonlySet<Unit>;
}

/** A service that a change of its own would leave out stays at its last good value instead. */
function spare(verdict: Verdict, { changed, held }: About): Verdict {
  if (verdict.kind !== 'good') return verdict;
  const isOwn = (unit: Unit) => changed.includes(unit) && !held.has(unit);
  const units = [...verdict.leftOut.keys()].filter(isOwn);
  const diagnostic = units[0] && verdict.leftOut.get(units[0]);
  if (!diagnostic) return verdict;
  return { kind: 'bad', fault: { stage: 'render', diagnostic, references: [], units } };
}

/**
 * Judges an intent: what of it is good is handed on as soon as it is found.
 *
 * @returns why nothing of it is good, where that is so
 */
export async function judgeIntent(options: JudgementOptions): Promise<Fault | undefined> {
  const { whole, base, namespace, judge, heldBack, goOn, onGood, now } = options;
  const candidate = createCandidate({ whole, base, namespace });
  const { before, target, changed, odd, without } = candidate;
  const started = now();
  const spent = judge.spent();
  let isSearching = false;

  async function serve(found: Held): Promise<void> {
    // What is good at once is served, however fast the next one comes.
    goOn(false);
    heldBack.keep(new Map([...odd, ...found]), whole, before);
    await onGood(holdBack(target, before, new Set(found.keys())));
  }

  const found = await search({
    changed,
    known: heldBack.known(changed, target),
    hasBase: base !== undefined,
    async test(units, depth) {
      goOn(isSearching);
      const verdict = await judge.judge(without(units), depth, base);
      isSearching = true;
      return base ? spare(verdict, { changed, held: units }) : verdict;
    },
    trace: ({ references, variant }, units) =>
      candidate.trace(references, units, (intent) => {
        goOn(isSearching);
        return judge.files(intent, variant);
      }),
    onHeld: options.onHeld,
    onGood: serve,
    isExhausted: () =>
      judge.spent().renders - spent.renders > MOST_RENDERS ||
      judge.spent().checks - spent.checks > MOST_CHECKS ||
      now() - started > LONGEST_MS,
  });
  if (found.kind === 'nothing') return found.fault;
  // All that changed is held back, or nothing has changed: what is served then was good before.
  await serve(found.held);
  return undefined;
}
