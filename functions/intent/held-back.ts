import type { Diagnostic } from '../core/diagnostics.ts';
import {
  hashIntent,
  type Intent,
  nameOfUnit,
  placeOf,
  serviceOf,
  type Unit,
} from '../core/intent.ts';
import { contentOfObject, isObjectUnit } from '../core/intent-objects.ts';
import type { Log } from '../wire/log.ts';
import type { Fault } from './fault.ts';
import type { Held } from './search.ts';
import type { HeldBack } from './status.ts';

export interface HeldBackOptions {
  readonly namespace: string;
  readonly log: Log;
  readonly now: () => number;
}

/** What is held back of the newest intent, and since when. */
export interface HeldBackUnits {
  /** These are held back of `target`; `base` has what is served in their place. */
  keep(found: Held, target: Intent, base: Intent): void;
  /** Those of the changed units that are known to be bad as they are in `target`. */
  known(changed: readonly Unit[], target: Intent): Held;
  /** Sorted by unit. */
  list(): readonly HeldBack[];
  diagnostics(): readonly Diagnostic[];
  clear(): void;
}

/** What a unit is in an intent: the same text is the same. */
export function contentOf(intent: Intent, unit: Unit): string | undefined {
  if (isObjectUnit(unit)) return contentOfObject(intent, unit);
  const name = serviceOf(unit);
  if (name === undefined) return intent.config && hashIntent({ config: intent.config });
  const { services } = intent;
  return services && Object.hasOwn(services, name) ? services[name] : undefined;
}

function explain({ unit, serves, diagnostic }: HeldBack, namespace: string): Diagnostic {
  const place = placeOf(unit, namespace);
  const isItsOwn = diagnostic.where.object === place.object;
  const stays = serves === 'last good' ? 'stays at its last good value' : 'is left out';
  return {
    ...diagnostic,
    hint: `${diagnostic.hint} Until then ${nameOfUnit(unit)} ${stays}; all else is served as it is now.`,
    where: isItsOwn ? diagnostic.where : { ...place },
  };
}

export function createHeldBack({ namespace, log, now }: HeldBackOptions): HeldBackUnits {
  let held: readonly HeldBack[] = [];
  let contents = new Map<Unit, string | undefined>();

  /** How long a unit has been held back as it is now. */
  function sinceOf(unit: Unit, content: string | undefined): number {
    const known = contents.get(unit) === content && held.find((h) => h.unit === unit);
    return known ? known.since : now();
  }

  function tellNew(before: readonly HeldBack[]): void {
    for (const { unit, serves, diagnostic } of held) {
      const isKnown = before.some(
        (h) => h.unit === unit && h.diagnostic.message === diagnostic.message,
      );
      if (!isKnown) log.warn('held back', { unit, serves, diagnostic });
    }
  }

  return {
    keep(found, target, base) {
      const before = held;
      held = [...found]
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([unit, { diagnostic }]) => ({
          unit,
          since: sinceOf(unit, contentOf(target, unit)),
          serves: contentOf(base, unit) === undefined ? 'left out' : 'last good',
          diagnostic,
        }));
      contents = new Map(held.map(({ unit }) => [unit, contentOf(target, unit)]));
      tellNew(before);
    },
    known(changed, target) {
      const same = held.filter(
        ({ unit }) => changed.includes(unit) && contents.get(unit) === contentOf(target, unit),
      );
      return new Map(
        same.map(({ unit, diagnostic }): [Unit, Fault] => [
          unit,
          { stage: 'check', diagnostic, references: [] },
        ]),
      );
    },
    list: () => held,
    diagnostics: () => held.map((unit) => explain(unit, namespace)),
    clear() {
      held = [];
      contents = new Map();
    },
  };
}
