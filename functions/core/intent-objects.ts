import { createHash } from 'node:crypto';
import { feedsOf } from './inputs/from-manifests.ts';
import { type IntentFeedId, isIntentFeed, kindOfFeed } from './inputs/input.ts';
import { INPUTS_KEY, readInputs } from './inputs/read-inputs.ts';
import { pack, type PackedChange } from './packing.ts';

/** An object that people write, as its feed keeps it. */
export interface IntentObject {
  /** A hash of its bytes, in hex. */
  readonly digest: string;
  /** Its JSON. */
  readonly packed: Uint8Array;
}

/** The objects of a feed, by `NAMESPACE/NAME`. */
export type Contents = ReadonlyMap<string, IntentObject>;

/** Those of feeds that have been read. What is not here is not known, which is not to say that there is nothing. */
export type IntentObjects = ReadonlyMap<IntentFeedId, Contents>;

/** Whatever has objects of feeds, and names feeds. */
interface Having {
  readonly config?: Readonly<Record<string, string>>;
  readonly objects?: IntentObjects;
}

/** An object: `ingress.networking.k8s.io/shop/web`, whichever feeds it is in. */
export type ObjectUnit = `${string}/${string}/${string}`;

const NOTHING: IntentObjects = new Map();
const NO_CONTENTS: Contents = new Map();

export const digestOf = (json: Uint8Array | string): string =>
  createHash('sha256').update(json).digest('hex');

const encoder = new TextEncoder();

/** An object as text, which is packed as soon as it is needed: of most revisions it never is. */
export class ReadObject implements IntentObject {
  readonly digest: string;
  readonly #json: string;
  #packed: Uint8Array | undefined;

  constructor(json: string) {
    this.#json = json;
    this.digest = digestOf(json);
  }

  get packed(): Uint8Array {
    this.#packed ??= pack(encoder.encode(this.#json));
    return this.#packed;
  }
}

const named = new WeakMap<object, ReadonlySet<string>>();

/** The feeds of intent that a ConfigMap `config` names. */
export function intentFeedsOf(config: Having['config']): ReadonlySet<string> {
  if (!config) return new Set();
  const known = named.get(config);
  if (known) return known;
  const ids = feedsOf(config).map(({ id }) => id);
  const found: ReadonlySet<string> = new Set(ids.filter(isIntentFeed));
  named.set(config, found);
  return found;
}

const counted = new WeakMap<Having, IntentObjects>();

/** The objects that count: those of feeds that are named. */
export function objectsOf(having: Having): IntentObjects {
  const { config, objects } = having;
  if (!objects) return NOTHING;
  const known = counted.get(having);
  if (known) return known;
  const feeds = intentFeedsOf(config);
  const found = new Map([...objects].filter(([id]) => feeds.has(id)).sort(byKey));
  counted.set(having, found);
  return found;
}

const byKey = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number =>
  a < b ? -1 : 1;

const digests = new WeakMap<Contents, string>();

/** A hash of all objects of a feed, in whatever order they came. */
function digestOfContents(contents: Contents): string {
  const known = digests.get(contents);
  if (known !== undefined) return known;
  const hash = createHash('sha256');
  for (const key of [...contents.keys()].sort())
    hash.update(`${key} ${contents.get(key)?.digest}\n`);
  const digest = hash.digest('hex');
  digests.set(contents, digest);
  return digest;
}

/** What tells objects from others; undefined where there are none. */
export function canonicalObjects(having: Having): readonly (readonly string[])[] | undefined {
  const objects = objectsOf(having);
  if (objects.size === 0) return undefined;
  return Array.from(objects, ([id, contents]) => [id, digestOfContents(contents)]);
}

const unitOf = (id: IntentFeedId, key: string): ObjectUnit =>
  `${kindOfFeed(id)}/${key}` as ObjectUnit;

/** The kind of a unit that is an object, and its key; undefined for all others. */
function partsOf(unit: string): { readonly kind: string; readonly key: string } | undefined {
  const at = unit.indexOf('/');
  const key = unit.slice(at + 1);
  return at > 0 && key.includes('/') ? { kind: unit.slice(0, at), key } : undefined;
}

export const isObjectUnit = (unit: string): unit is ObjectUnit => partsOf(unit) !== undefined;

/** The unit of an object that diagnostics name by its input: `inputs.routes/shop/web`. */
export function unitAtPlace({ config }: Having, place: string): ObjectUnit | undefined {
  const [, input, key = ''] = /^inputs\.(\w+)\/(.+)$/s.exec(place) ?? [];
  const text = config && Object.hasOwn(config, INPUTS_KEY) ? config[INPUTS_KEY] : undefined;
  if (input === undefined || text === undefined) return undefined;
  const { inputs } = readInputs({ object: '', text });
  const id = inputs.find(({ name }) => name === input)?.feed.id;
  if (id === undefined || !isIntentFeed(id)) return undefined;
  return unitOf(id, key.includes('/') ? key : `/${key}`);
}

/** Whether a unit is the object that somebody knows by its kind without the group: `Ingress`. */
export function isObjectNamed(
  unit: string,
  { kind, namespace = '', name }: { kind: string; namespace?: string; name: string },
): boolean {
  const parts = partsOf(unit);
  if (parts?.key !== `${namespace}/${name}`) return false;
  return parts.kind.split('.')[0] === kind.toLowerCase();
}

/** The keys at which contents differ. */
export function changedKeys(from: Contents = NO_CONTENTS, to: Contents = NO_CONTENTS): string[] {
  if (from === to) return [];
  const changed: string[] = [];
  for (const [key, { digest }] of to) if (from.get(key)?.digest !== digest) changed.push(key);
  for (const key of from.keys()) if (!to.has(key)) changed.push(key);
  return changed;
}

/**
 * The objects that differ, sorted. What is gone with its feed is a part of the ConfigMap that named that; and of what is
 * not known nobody can tell.
 */
export function changedObjects(from: Having, to: Having): readonly ObjectUnit[] {
  const [before, after] = [objectsOf(from), objectsOf(to)];
  const units = new Set<ObjectUnit>();
  for (const [id, contents] of after)
    for (const key of changedKeys(before.get(id), contents)) units.add(unitOf(id, key));
  return [...units].sort();
}

/** What an object is in all feeds that have it: the same text is the same. */
export function contentOfObject(having: Having, unit: ObjectUnit): string | undefined {
  const parts = partsOf(unit);
  const found = [...objectsOf(having)].flatMap(([id, contents]) => {
    const digest = kindOfFeed(id) === parts?.kind ? contents.get(parts.key)?.digest : undefined;
    return digest === undefined ? [] : [`${id} ${digest}`];
  });
  return found.length === 0 ? undefined : found.join('\n');
}

/** What is fallen back to: of the same feed, or of another one of its kind, which may keep other fields. */
function valueBefore(
  before: IntentObjects,
  id: IntentFeedId,
  key: string,
): IntentObject | undefined {
  const own = before.get(id);
  if (own) return own.get(key);
  const others = [...before].filter(([other]) => kindOfFeed(other) === kindOfFeed(id));
  return others.map(([, contents]) => contents.get(key)).find((value) => value !== undefined);
}

/** The newer objects, but for some, which stay as they were before; and for what is not known of them. */
export function holdBackObjects(
  newest: IntentObjects = NOTHING,
  before: Having,
  { held, config }: { readonly held: Iterable<string>; readonly config: Having['config'] },
): IntentObjects {
  const base = objectsOf(before);
  const feeds = intentFeedsOf(config);
  const unknown = [...base].filter(([id]) => !newest.has(id) && feeds.has(id));
  const units = [...held].flatMap((unit) => partsOf(unit) ?? []);
  if (units.length === 0 && unknown.length === 0) return newest;
  const objects = new Map([...newest, ...unknown]);
  for (const [id, contents] of newest) {
    const own = units.filter(({ kind }) => kind === kindOfFeed(id));
    if (own.length === 0) continue;
    const kept = new Map(contents);
    for (const { key } of own) {
      const value = valueBefore(base, id, key);
      if (value) kept.set(key, value);
      else kept.delete(key);
    }
    objects.set(id, kept);
  }
  return objects;
}

/** What makes a renderer that knows the objects of one intent know those of another. */
export function objectChanges(known: Having, intent: Having): readonly PackedChange[] {
  const [before, after] = [objectsOf(known), objectsOf(intent)];
  const changes: PackedChange[] = [];
  for (const kind of new Set([...before.keys(), ...after.keys()]))
    for (const key of changedKeys(before.get(kind), after.get(kind))) {
      const [namespace = '', name = ''] = key.split('/');
      const place = { kind, namespace, name };
      const packed = after.get(kind)?.get(key)?.packed;
      changes.push(packed ? { ...place, type: 'put', packed } : { ...place, type: 'delete' });
    }
  return changes;
}
