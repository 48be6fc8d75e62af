import { CONFIG, changedUnits, type Intent, serviceOf, type Unit } from '../core/intent.ts';
import { contentOfObject, isObjectUnit } from '../core/intent-objects.ts';
import type { Refused } from '../core/marks.ts';
import type { KeptRevision } from '../core/revision.ts';
import type { Fault } from './fault.ts';
import { toldFault } from './proxy-fault.ts';
import type { Held } from './search.ts';

export interface RefusedIntentsOptions {
  readonly namespace: string;
  /** Milliseconds on a clock that does not step. */
  readonly now?: () => number;
}

/** Intents that proxies refuse, and the units that were found to be to blame for it. */
export interface RefusedIntents {
  /** `hash`: of the intent. */
  add(hash: string, refusal: { readonly intent: Intent; readonly fault: Fault }): void;
  has(hash: string): boolean;
  /**
   * Why proxies refuse this intent, or would: they refused another one with the same unit in the same company.
   *
   * @param base what is held back falls back to
   */
  find(intent: Intent, base: Intent | undefined): Fault | undefined;
  /** These units are held back, some of them for what proxies refuse. */
  attribute(held: Held): void;
  /** Takes over what other replicas have noted; whether any of it is new. */
  learn(revisions: readonly KeptRevision[]): boolean;
  /** What is known here, and not noted yet for the others. */
  untold(): readonly { readonly hash: string; readonly refused: Refused }[];
  /** It is noted. */
  told(hash: string): void;
}

interface Entry {
  readonly intent: Intent;
  readonly fault: Fault;
  readonly units: Set<Unit>;
  message: string;
  isTold: boolean;
  readonly at: number;
}

interface Asked {
  readonly intent: Intent;
  readonly base: Intent | undefined;
}

const MOST_ENTRIES = 50;
/**
 * A unit that is refused may be good once a service that was beside it has changed or left. To see costs every proxy a
 * refusal, if it is not: after so long, in milliseconds.
 */
const COMPANY_MS = 600_000;

const existed = (intent: Intent, unit: Unit): boolean => {
  if (isObjectUnit(unit)) return contentOfObject(intent, unit) !== undefined;
  const name = serviceOf(unit);
  const { services } = intent;
  return name !== undefined && services !== undefined && Object.hasOwn(services, name);
};

export function createRefusedIntents(options: RefusedIntentsOptions): RefusedIntents {
  const { namespace, now = () => performance.now() } = options;
  const entries = new Map<string, Entry>();

  function keep(hash: string, entry: Entry): void {
    entries.set(hash, entry);
    const [oldest] = entries.keys();
    if (entries.size > MOST_ENTRIES && oldest !== undefined) entries.delete(oldest);
  }

  /** Whether what a unit is in an intent is itself known to be bad. */
  const isBad = (intent: Intent, unit: Unit): boolean =>
    [...entries.values()].some(
      (entry) => entry.units.has(unit) && !changedUnits(entry.intent, intent).includes(unit),
    );

  function isAlike({ intent: before, units, at }: Entry, { intent, base }: Asked): boolean {
    const changed = changedUnits(before, intent);
    if (changed.length === 0) return true;
    const isSame = (unit: Unit) => !changed.includes(unit);
    if (![...units].some(isSame)) return false;
    // Of several that were held back together, one that somebody mended may have been the one.
    const written = changedUnits(base ?? {}, intent);
    if ([...units].some((unit) => !isSame(unit) && written.includes(unit))) return false;
    if (!units.has(CONFIG) && !isSame(CONFIG)) return false;
    const company = changed.filter((unit) => !units.has(unit) && existed(before, unit));
    const hasOther = company.some((unit) => !isBad(before, unit));
    return !hasOther || now() - at < COMPANY_MS;
  }

  return {
    add(hash, { intent, fault }) {
      const { message } = fault.diagnostic;
      keep(hash, { intent, fault, units: new Set(), message, isTold: false, at: now() });
    },
    has: (hash) => entries.has(hash),
    find(intent, base) {
      const entry = [...entries.values()].find((one) => isAlike(one, { intent, base }));
      return entry && { ...entry.fault, units: [...entry.units] };
    },
    attribute(held) {
      for (const [unit, { revision, diagnostic }] of held) {
        const entry = revision === undefined ? undefined : entries.get(revision);
        if (!entry || entry.units.has(unit)) continue;
        entry.units.add(unit);
        entry.message = diagnostic.message;
        entry.isTold = false;
      }
    },
    learn(revisions) {
      const before = entries.size;
      for (const { hash, intent, marks } of revisions) {
        const { refused } = marks ?? {};
        if (!refused || entries.has(hash)) continue;
        const { message } = refused;
        const fault = toldFault({ revision: hash, message, namespace });
        const units = new Set(refused.units as readonly Unit[]);
        keep(hash, { intent, fault, units, message, isTold: true, at: now() });
      }
      return entries.size > before;
    },
    untold: () =>
      [...entries]
        .filter(([, { isTold, units }]) => !isTold && units.size > 0)
        .map(([hash, { units, message }]) => ({ hash, refused: { units: [...units], message } })),
    told(hash) {
      const entry = entries.get(hash);
      if (entry) entry.isTold = true;
    },
  };
}
