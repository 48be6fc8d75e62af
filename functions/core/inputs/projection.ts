import {
  entriesOf,
  isJsonObject,
  type JsonObject,
  memberOf,
  merged,
  objectOf,
  without,
} from '../../template/json/index.ts';
import type { FieldPath } from '../../template/values/inputs/field-path.ts';
import type { Feed } from './input.ts';

/** Which members are kept, and of each of them which; an empty one keeps all. */
type Kept = Map<string, Kept>;

const ALWAYS: readonly FieldPath[] = [
  ['apiVersion'],
  ['kind'],
  ['metadata', 'name'],
  ['metadata', 'namespace'],
];

function keptOf(paths: readonly FieldPath[]): Kept {
  const root: Kept = new Map();
  for (const path of paths) {
    let at = root;
    for (const [i, step] of path.entries()) {
      const next = at.get(step);
      // What is kept whole stays so.
      if (next?.size === 0) break;
      const isLast = i === path.length - 1;
      const made: Kept = next === undefined || isLast ? new Map() : next;
      at.set(step, made);
      at = made;
    }
  }
  return root;
}

function project(value: unknown, kept: Kept): unknown {
  if (kept.size === 0) return value;
  if (Array.isArray(value))
    return value.map((item) => project(item, kept)).filter((item) => item !== undefined);
  if (!isJsonObject(value)) return undefined;
  const members = new Map<string, unknown>();
  for (const [key, member] of entriesOf(value)) {
    const of = kept.get(key);
    const left = of && project(member, of);
    if (left !== undefined) members.set(key, left);
  }
  return objectOf(members);
}

const known = new WeakMap<Feed, Kept>();

/** All but what people do not write: who reads a status names it among the fields. */
function writtenByPeople(object: JsonObject): JsonObject {
  const metadata = memberOf(object, 'metadata');
  const rest = without(object, 'status');
  if (!isJsonObject(metadata)) return rest;
  return merged(rest, { metadata: without(metadata, 'resourceVersion') });
}

/** What a feed keeps of an object: the fields that it names, and never `metadata.managedFields`. */
export function projectObject(object: JsonObject, feed: Feed): JsonObject {
  if (feed.fields === undefined) {
    const all = feed.as === 'intent' ? writtenByPeople(object) : object;
    const metadata = memberOf(all, 'metadata');
    if (!isJsonObject(metadata)) return all;
    return merged(all, { metadata: without(metadata, 'managedFields') });
  }
  const kept = known.get(feed) ?? keptOf([...ALWAYS, ...feed.fields]);
  known.set(feed, kept);
  return project(object, kept) as JsonObject;
}
