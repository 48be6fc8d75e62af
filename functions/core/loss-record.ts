import { isFields } from './fields.ts';
import { formatAsOf, parseAsOf } from '../wire/as-of.ts';
import type { Versions } from './fleet-past.ts';
import type { Rollout } from './rollout.ts';

/** Why a mass loss is not held any more: a person confirmed it, its time was up, or the servers are there again. */
export type LossOver = 'confirmed' | 'ended' | 'recovered';

/** A mass loss, as replicas and people share it: key `mass-loss` of ConfigMap `rollout`. */
export interface LossRecord {
  /** When it was seen, as ISO 8601: for people, and to tell one from another. */
  readonly since: string;
  /** Where the fleet stood before; undefined where that has no versions. */
  readonly from: Versions | undefined;
  readonly lost: number;
  readonly of: number;
  readonly over?: LossOver;
}

const KEY = 'mass-loss';

const countOf = (value: unknown): number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : 0;
const overOf = (value: unknown): LossOver | undefined =>
  value === 'confirmed' || value === 'ended' || value === 'recovered' ? value : undefined;

function readVersions(text: unknown): Versions | undefined {
  const asOf = typeof text === 'string' ? parseAsOf(text) : undefined;
  if (!asOf || Object.keys(asOf).length === 0) return undefined;
  return Object.fromEntries(Object.entries(asOf).map(([name, { lo }]) => [name, lo]));
}

function writeVersions(versions: Versions): string {
  return formatAsOf(
    Object.fromEntries(Object.entries(versions).map(([name, at]) => [name, { lo: at, hi: at }])),
  );
}

/** The newest mass loss that a rollout tells of; undefined where there was none, and for nonsense. */
export function readLossRecord({ others }: Rollout): LossRecord | undefined {
  let value: unknown;
  try {
    value = JSON.parse(others?.[KEY] ?? '');
  } catch {
    return undefined;
  }
  if (!isFields(value) || typeof value.since !== 'string') return undefined;
  if (Number.isNaN(Date.parse(value.since))) return undefined;
  const over = overOf(value.over);
  return {
    since: value.since,
    from: readVersions(value.from),
    lost: countOf(value.lost),
    of: countOf(value.of),
    ...(over && { over }),
  };
}

/** The rollout with this one as its newest. */
export function withLossRecord(rollout: Rollout, { from, ...record }: LossRecord): Rollout {
  const text = JSON.stringify({ ...record, ...(from && { from: writeVersions(from) }) });
  return { ...rollout, others: { ...rollout.others, [KEY]: text } };
}

/** Whether two records are of one loss. */
export const isSameLoss = (a: LossRecord, b: LossRecord): boolean =>
  a.since === b.since && JSON.stringify(a.from) === JSON.stringify(b.from);
