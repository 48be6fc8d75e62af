import { isDeepStrictEqual } from 'node:util';
import { type Fields, isFields } from './fields.ts';
import type { StatusEntry } from './statuses.ts';

export interface StatusMerge {
  /** The status that the object has. */
  readonly current: Fields;
  readonly entry: Pick<StatusEntry, 'status' | 'controllerName'>;
  /** `2026-11-27T10:00:00Z` */
  readonly now: string;
}

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/** What tells an item of a list from the others: conditions have types, listeners names, parents references. */
function identityOf(item: unknown): string | undefined {
  if (!isFields(item)) return undefined;
  const { type, name, parentRef } = item;
  const known = [type, name, parentRef].filter((part) => part !== undefined);
  return known.length === 0 ? undefined : JSON.stringify(known);
}

const isCondition = (value: unknown): value is Fields =>
  isFields(value) && typeof value.type === 'string' && typeof value.status === 'string';

/** The time of a condition changes with its status alone. */
function dateCondition(wanted: unknown, before: readonly unknown[], now: string): unknown {
  if (!isCondition(wanted)) return wanted;
  const known = before.filter(isCondition).find(({ type }) => type === wanted.type);
  const since = known && known.status === wanted.status ? known.lastTransitionTime : undefined;
  return { ...wanted, lastTransitionTime: since ?? now };
}

/** The same with `lastTransitionTime` in all conditions. */
function dated(wanted: unknown, current: unknown, now: string): unknown {
  if (Array.isArray(wanted)) {
    const before = listOf(current);
    return wanted.map((item, i) => {
      const identity = identityOf(item);
      const counterpart =
        identity === undefined ? before[i] : before.find((other) => identityOf(other) === identity);
      return dated(item, counterpart, now);
    });
  }
  if (!isFields(wanted)) return wanted;
  const known = isFields(current) ? current : {};
  return Object.fromEntries(
    Object.entries(wanted).map(([key, value]) => [
      key,
      key === 'conditions'
        ? listOf(value).map((one) => dateCondition(one, listOf(known.conditions), now))
        : dated(value, known[key], now),
    ]),
  );
}

/** The newest generation of the object that conditions tell of. */
function generationIn(value: unknown): number {
  if (Array.isArray(value)) return Math.max(0, ...value.map(generationIn));
  if (!isFields(value)) return 0;
  const own = typeof value.observedGeneration === 'number' ? value.observedGeneration : 0;
  return Math.max(own, ...Object.values(value).map(generationIn));
}

/** What of a status an entry is about: members that it names, and of `parents` the items of its controller. */
function partOf(current: Fields, entry: StatusMerge['entry']): Fields {
  const { status, controllerName } = entry;
  const names = Object.keys(status).filter((name) => Object.hasOwn(current, name));
  const part = Object.fromEntries(names.map((name) => [name, current[name]]));
  if (!sharesParents(entry)) return part;
  const parents = listOf(current.parents).filter((parent) => isOf(parent, controllerName));
  return { ...part, parents };
}

const isOf = (parent: unknown, controllerName: string | undefined): boolean =>
  isFields(parent) && parent.controllerName === controllerName;

const sharesParents = ({ status, controllerName }: StatusMerge['entry']): boolean =>
  controllerName !== undefined && Array.isArray(status.parents);

/**
 * The status that an object is to have: members that the entry does not name stay, and so do the items of `parents`
 * that other controllers have written. Undefined where the object has it already, or tells of a later generation of the
 * object: then a replica that has come further has written it.
 */
export function mergeStatus({ current, entry, now }: StatusMerge): Fields | undefined {
  const before = partOf(current, entry);
  const wanted = dated(entry.status, before, now) as Fields;
  if (isDeepStrictEqual(wanted, before)) return undefined;
  const generation = generationIn(wanted);
  if (generation > 0 && generationIn(before) > generation) return undefined;
  const merged = { ...current, ...wanted };
  if (!sharesParents(entry)) return merged;
  const others = listOf(current.parents).filter((one) => !isOf(one, entry.controllerName));
  return { ...merged, parents: [...others, ...listOf(wanted.parents)] };
}
