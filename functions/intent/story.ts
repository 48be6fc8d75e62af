import type { Diagnostic } from '../core/diagnostics.ts';
import {
  CONFIG,
  changedUnits,
  hashIntent,
  type Intent,
  nameOfUnit,
  placeOf,
  type Unit,
} from '../core/intent.ts';
import { isObjectUnit } from '../core/intent-objects.ts';
import type { Tell } from '../core/occurrence.ts';
import { explainHeld } from './proposal-diagnostics.ts';
import { contentOf } from './held-back.ts';
import type { GateStatus, HeldBack } from './status.ts';

export interface StoryOptions {
  readonly namespace: string;
  readonly tell: Tell;
}

/** How what people wrote stands. */
export interface Scene {
  readonly status: GateStatus;
  /** As people wrote it last. */
  readonly newest: Intent;
  readonly failure: Diagnostic | undefined;
}

/** More units at once are told by their number. */
const MOST_UNITS = 10;
const MOST_NAMES = 5;

const isFrozen = ({ state }: GateStatus) => state === 'pinned' || state === 'paused';
function listed(units: readonly Unit[]): string {
  const names = units.slice(0, MOST_NAMES).map(nameOfUnit);
  const more = units.length - names.length;
  return more > 0 ? `${names.join(', ')} and ${more} more` : names.join(', ');
}

/** Units by the ConfigMap that they are in. Whoever writes other objects does not look there. */
function byObject(units: readonly Unit[]) {
  const config = units.filter((unit) => unit === CONFIG);
  const services = units.filter((unit) => unit !== CONFIG && !isObjectUnit(unit));
  const all = [['config', config] as const, ['services', services] as const];
  return all.filter(([, of]) => of.length > 0);
}

/** Where it is told of a unit: objects are not in the namespace in which Events may be written. */
const toldAt = (unit: Unit, namespace: string) =>
  placeOf(isObjectUnit(unit) ? CONFIG : unit, namespace);

/**
 * Tells what becomes of what people write, from one look at the gate to the next. What it tells at its first look has
 * happened before.
 */
export function createStory({ namespace, tell }: StoryOptions): (scene: Scene) => void {
  const objectOf = (name: string) => `configmaps/${namespace}/${name}`;
  let judged: Intent | undefined;
  let seen: Intent | undefined;
  let held: readonly HeldBack[] = [];
  let contents: ReadonlyMap<Unit, string | undefined> = new Map();
  let told: string | undefined;

  function tellHeld(now: readonly HeldBack[], newest: Intent): void {
    const isKnown = ({ unit, diagnostic }: HeldBack) =>
      contents.get(unit) === contentOf(newest, unit) &&
      held.some((one) => one.unit === unit && one.diagnostic.message === diagnostic.message);
    const fresh = now.filter((one) => !isKnown(one));
    for (const one of fresh.slice(0, MOST_UNITS)) {
      const { message, code, hint } = explainHeld(one, namespace);
      const stays = one.serves === 'last good' ? 'its last good value is served' : 'it is left out';
      tell({
        reason: 'EntryHeldBack',
        ...toldAt(one.unit, namespace),
        subject: contentOf(newest, one.unit) ?? '',
        note: `${nameOfUnit(one.unit)} is held back, ${stays}: ${message} [${code}]. ${hint}`,
      });
    }
    const more = fresh.slice(MOST_UNITS);
    if (more.length === 0) return;
    tell({
      reason: 'EntryHeldBack',
      object: objectOf('services'),
      subject: hashIntent(newest),
      note: `${more.length} more are held back: ${listed(more.map(({ unit }) => unit))}. See /status.`,
    });
  }

  function tellAccepted(newest: Intent, changed: readonly Unit[], good: readonly Unit[]): void {
    for (const unit of good.slice(0, MOST_UNITS))
      tell({
        reason: 'EntryAccepted',
        ...toldAt(unit, namespace),
        subject: contentOf(newest, unit) ?? '',
        note: `${nameOfUnit(unit)} is good now, and is no longer held back`,
      });
    // Also where all of it was held back before: a replica that never judged that tells the same.
    for (const [name, units] of byObject(changed))
      tell({
        reason: 'IntentAccepted',
        object: objectOf(name),
        subject: hashIntent({ [name]: newest[name] }),
        note: `what was applied is good, in revision ${hashIntent(newest).slice(0, 19)}; it changes ${listed(units)}`,
      });
  }

  function tellJudged({ status, newest }: Scene): void {
    const units = new Set(status.held.map(({ unit }) => unit));
    const good = held
      .map(({ unit }) => unit)
      .filter((unit) => !units.has(unit) && contentOf(newest, unit) !== undefined);
    const changed = judged ? changedUnits(judged, newest) : [];
    tellHeld(status.held, newest);
    tellAccepted(
      newest,
      changed.filter((unit) => !units.has(unit)),
      good,
    );
    held = status.held;
    contents = new Map(held.map(({ unit }) => [unit, contentOf(newest, unit)]));
    judged = newest;
  }

  function tellWaits({ status, newest }: Scene): void {
    const how = status.state === 'pinned' ? 'rollout undo' : 'rollout pause';
    for (const [name, units] of byObject(seen ? changedUnits(seen, newest) : []))
      tell({
        reason: 'IntentWaits',
        object: objectOf(name),
        subject: hashIntent({ [name]: newest[name] }),
        note: `what was applied waits, since people hold the fleet to a revision (${how}): ${listed(units)}. kubernetes-haproxy rollout resume lets it count.`,
      });
  }

  /** Once, as it begins. */
  function tellFailing({ status, newest, failure }: Scene): void {
    const isFaulty = status.fault !== undefined;
    const isFailing = failure && (isFaulty || status.state === 'none good');
    const message = isFailing ? failure.message : undefined;
    if (failure && message !== undefined && message !== told)
      tell({
        reason: isFaulty ? 'IntentUnjudged' : 'IntentRefused',
        object: failure.where.object,
        ...(failure.where.key === undefined ? {} : { key: failure.where.key }),
        subject: hashIntent(newest),
        note: `${failure.message} [${failure.code}]. ${failure.hint}`,
      });
    told = message;
  }

  return (scene) => {
    const { status, newest } = scene;
    tellFailing(scene);
    if (isFrozen(status)) tellWaits(scene);
    else if (status.state === 'good' || status.state === 'held back') tellJudged(scene);
    seen = newest;
  };
}
