import { CONFIG, type Unit } from '../core/intent.ts';
import { isObjectUnit } from '../core/intent-objects.ts';
import type { Fault, Verdict } from './fault.ts';

export type Held = ReadonlyMap<Unit, Fault>;

export interface SearchOptions {
  /** What differs from the last good intent: `config` first, then services by name. */
  readonly changed: readonly Unit[];
  /** Units that are known to be bad as they are: held back in the first try, tried again behind it. */
  readonly known: Held;
  /** Whether there is a last good intent, which what is held back falls back to. */
  readonly hasBase: boolean;
  /** Tries the newest intent but for the units held back; `render` spares the check. */
  readonly test: (held: ReadonlySet<Unit>, depth: 'render' | 'check') => Promise<Verdict>;
  /** The units whose lines the fault is about, as far as that can be told. */
  readonly trace: (fault: Fault, held: ReadonlySet<Unit>) => Promise<readonly Unit[]>;
  /** Units are found to be to blame. */
  readonly onHeld?: ((held: Held) => void) | undefined;
  /** A good rest was found: it need not wait for what is tried behind it. */
  readonly onGood: (held: Held) => Promise<void>;
  /** Whether the tries and the time for this search are used up. */
  readonly isExhausted: () => boolean;
}

export type Found =
  | { readonly kind: 'good'; readonly held: Held }
  /** Nothing that differs from the last good intent is good. */
  | { readonly kind: 'nothing'; readonly fault: Fault };

/** Templates that are refused for so many of the objects of a kind are to blame themselves. */
const MOST_OBJECTS = 10;

const keysOf = (held: Held, ...more: readonly Unit[]): ReadonlySet<Unit> =>
  new Set([...held.keys(), ...more]);

/**
 * The unit at which a growing part of what changed turns bad: halves the units, of which none is good and all are bad.
 * Of two that are bad only together it is the later one.
 */
async function firstBad(held: Held, rest: readonly Unit[], run: Run): Promise<Unit> {
  let [good, bad] = [0, rest.length];
  while (bad - good > 1 && !run.isExhausted()) {
    const middle = (good + bad) >> 1;
    const verdict = await run.test(keysOf(held, ...rest.slice(middle)));
    if (verdict.kind === 'good') good = middle;
    else bad = middle;
  }
  return rest[bad - 1] as Unit;
}

/** Where nothing is known to be good: the unit without which the others are, found by leaving out halves. */
async function oneToBlame(held: Held, rest: readonly Unit[], run: Run): Promise<Unit> {
  let among = rest;
  while (among.length > 1 && !run.isExhausted()) {
    const half = among.length >> 1;
    const parts = [among.slice(half), among.slice(0, half)];
    const verdicts = [];
    for (const part of parts) {
      verdicts.push(await run.test(keysOf(held, ...part)));
      if (verdicts.at(-1)?.kind === 'good') break;
    }
    if (verdicts.at(-1)?.kind !== 'good') break;
    among = parts[verdicts.length - 1] as readonly Unit[];
  }
  return among.at(-1) as Unit;
}

interface Run {
  readonly test: (held: ReadonlySet<Unit>) => Promise<Verdict>;
  readonly isExhausted: () => boolean;
}

/**
 * Finds the smallest parts of a changed intent that must be held back so that the rest is good: by the origin of the
 * line that HAProxy names where that leads somewhere, by halves otherwise.
 */
export async function search(options: SearchOptions): Promise<Found> {
  const { changed, known, hasBase, test, trace, onGood, isExhausted } = options;
  const held = new Map<Unit, Fault>(known);
  const mistrusted = new Set<Unit>();
  let traced: { readonly units: readonly Unit[]; readonly message: string } | undefined;

  async function blame(fault: Fault, rest: readonly Unit[]): Promise<readonly Unit[]> {
    if (rest.length === 1) return rest;
    const own = (fault.units ?? []).filter((unit) => rest.includes(unit));
    if (own.length > 0) return own;
    if (fault.stage === 'gone' && rest.includes(CONFIG) && hasBase) return [CONFIG];
    const found = await trace(fault, keysOf(held));
    const units = found.filter((unit) => rest.includes(unit) && !mistrusted.has(unit));
    traced = units.length > 0 ? { units, message: fault.diagnostic.message } : undefined;
    if (units.length > 0) return units;
    // Nobody but proxies can tell which of them, and they are to be asked no more than it takes.
    if (fault.stage === 'proxy') return rest;
    const depth = fault.stage === 'check' ? 'check' : 'render';
    const run: Run = { test: (without) => test(without, depth), isExhausted };
    if (hasBase) return [await firstBad(held, rest, run)];
    const services = rest.filter((unit) => unit !== CONFIG);
    return services.length === 0 ? rest : [await oneToBlame(held, services, run)];
  }

  /** Takes back what the origin of a line led to, where the fault is the same without it. */
  function doubt(fault: Fault): void {
    if (traced?.message !== fault.diagnostic.message) return;
    for (const unit of traced.units) {
      held.delete(unit);
      mistrusted.add(unit);
    }
    traced = undefined;
  }

  /** What is held back may be good beside what else is: it was refused together with something that is gone. */
  async function admit(): Promise<void> {
    for (const unit of [...held.keys()]) {
      if (isExhausted()) return;
      const others = new Map([...held].filter(([other]) => other !== unit));
      const verdict = await test(keysOf(others), 'check');
      if (verdict.kind === 'bad') held.set(unit, verdict.fault);
      else {
        held.delete(unit);
        await onGood(new Map(held));
      }
    }
  }

  const foundObjects = () =>
    [...held.keys()].filter((unit) => isObjectUnit(unit) && !known.has(unit)).length;
  const remaining = (): readonly Unit[] => changed.filter((unit) => !held.has(unit));
  // What is the last good intent again needs no try, and is nothing new.
  while (!hasBase || remaining().length > 0) {
    const verdict = await test(keysOf(held), 'check');
    if (verdict.kind === 'good') {
      await onGood(new Map(held));
      break;
    }
    const { fault } = verdict;
    doubt(fault);
    const rest = remaining();
    const isTemplate = hasBase && rest.includes(CONFIG) && foundObjects() >= MOST_OBJECTS;
    const found = isTemplate ? [CONFIG] : await blame(fault, rest);
    const culprits = isExhausted() ? rest : found;
    if (culprits.length === rest.length && !hasBase) return { kind: 'nothing', fault };
    for (const unit of culprits) held.set(unit, fault);
    options.onHeld?.(held);
  }
  if (held.size > 1 || known.size > 0) await admit();
  return { kind: 'good', held };
}
