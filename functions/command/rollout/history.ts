import { changedUnits, type Intent, nameOfUnit, serviceOf } from '../../core/intent.ts';
import { contentOfObject, isObjectUnit, type ObjectUnit } from '../../core/intent-objects.ts';
import type { KeptRevision } from '../../core/revision.ts';
import type { Rollout } from '../../core/rollout.ts';
import { shortHash } from './named.ts';

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

const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
] as const;
/** Names that are told one by one. */
const MOST_NAMES = 5;

/** As kubectl shows ages: `5m`, `3d`. */
export function formatAge(ms: number): string {
  const [unit, size] = UNITS.find(([, length]) => ms >= length) ?? ['s', 1000];
  return `${Math.max(0, Math.floor(ms / size))}${unit}`;
}

const listed = (names: readonly string[]): string =>
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
    services.length > 0 ? `services ${listed(services)}` : '',
    config.length > 0 ? `config ${listed(config)}` : '',
    objects.length > 0 ? `objects ${listed(objects)}` : '',
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

/** Columns, aligned, two blanks between them. */
export function formatTable(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]?.map((_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0))) ?? [];
  return rows
    .map((row) => `${row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join('  ')}`.trimEnd())
    .map((line) => `${line}\n`)
    .join('');
}

/** `rollout history`. */
export function formatHistory(rows: readonly HistoryRow[], now: number): string {
  const head = ['REVISION', 'HASH', 'AGE', 'STATE', 'BY', 'CHANGED', 'HELD BACK'];
  return formatTable([
    head,
    ...rows.map(({ revision, hash, at, state, by, changed, held }) => [
      String(revision),
      shortHash(hash),
      formatAge(now - Date.parse(at)),
      state || '-',
      by[0] ?? '-',
      changed || '-',
      listed(held) || '-',
    ]),
  ]);
}
