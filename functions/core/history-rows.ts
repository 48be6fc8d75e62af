import { changedUnits, type Intent, nameOfUnit, serviceOf } from './intent.ts';
import { contentOfObject, isObjectUnit, type ObjectUnit } from './intent-objects.ts';
import type { KeptRevision } from './revision.ts';
import type { Rollout } from './rollout.ts';

/** One line of `rollout history`. */
export interface HistoryRow {
  readonly revision: number;
  readonly hash: string;
  readonly at: string;
  readonly state: string;
  readonly by: readonly string[];
  readonly held: readonly string[];
  readonly changed: string;
}

/** Names that are told one by one. */
const MOST_NAMES = 5;

/** Names, the first of many. */
export const listNames = (names: readonly string[]): string =>
  names.length > MOST_NAMES
    ? `${names.slice(0, MOST_NAMES).join(' ')} and ${names.length - MOST_NAMES} more`
    : names.join(' ');

function mark(name: string, before: Intent, after: Intent): string {
  const [was, is] = [before, after].map(({ services }) => Object.hasOwn(services ?? {}, name));
  return `${was ? (is ? '~' : '-') : '+'}${name}`;
}

function markObject(unit: ObjectUnit, before: Intent, after: Intent): string {
  const [was, is] = [before, after].map((intent) => contentOfObject(intent, unit) !== undefined);
  return `${was ? (is ? '~' : '-') : '+'}${nameOfUnit(unit)}`;
}

/** What differs, in a line: `services +new ~web; config template`. */
export function describeChange(before: Intent | undefined, after: Intent): string {
  if (!before) return 'first that is kept';
  const units = changedUnits(before, after);
  const names = units.flatMap((unit) => serviceOf(unit) ?? []);
  const objects = units.filter(isObjectUnit).map((unit) => markObject(unit, before, after));
  const services = names.map((name) => mark(name, before, after));
  const keys = new Set([before, after].flatMap(({ config }) => Object.keys(config ?? {})));
  const config = [...keys].sort().filter((key) => before.config?.[key] !== after.config?.[key]);
  return [
    services.length > 0 ? `services ${listNames(services)}` : '',
    config.length > 0 ? `config ${listNames(config)}` : '',
    objects.length > 0 ? `objects ${listNames(objects)}` : '',
  ]
    .filter(Boolean)
    .join('; ');
}

function stateOf({ hash, marks }: KeptRevision, rollout: Rollout): string {
  const { stable, candidate, halted, pinned, isPaused } = rollout;
  return [
    hash === pinned ? 'pinned' : '',
    hash === stable ? 'stable' : '',
    hash === candidate?.hash ? 'candidate' : '',
    hash === halted?.hash ? 'halted' : '',
    marks?.refused ? 'refused' : '',
    isPaused && hash === (pinned ?? stable) ? 'paused' : '',
  ]
    .filter(Boolean)
    .join(',');
}

/** The revisions as a table has them, oldest first, as kubectl does. */
export function historyRows(
  revisions: readonly KeptRevision[],
  rollout: Rollout,
): readonly HistoryRow[] {
  return revisions.map((revision, i) => ({
    revision: revision.number,
    hash: revision.hash,
    at: revision.at,
    state: stateOf(revision, rollout),
    by: revision.by,
    held: revision.held.map(({ unit }) => unit),
    changed: describeChange(revisions[i - 1]?.intent, revision.intent),
  }));
}
