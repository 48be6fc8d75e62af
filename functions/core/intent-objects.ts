import { Contents, type IntentObject } from './contents.ts';
import { feedsOf } from './inputs/from-manifests.ts';
import { type IntentFeedId, isIntentFeed, kindOfFeed } from './inputs/input.ts';
import { INPUTS_KEY, readInputs } from './inputs/read-inputs.ts';
import type { PackedChange } from './packing.ts';

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

const named = new WeakMap<object, ReadonlySet<string>>();

/** The feeds of intent that a ConfigMap `config` names. */
function intentFeedsOf(config: Having['config']): ReadonlySet<string> {
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

/** What tells objects from others; undefined where there are none. */
export function canonicalObjects(having: Having): readonly (readonly string[])[] | undefined {
  const objects = objectsOf(having);
  if (objects.size === 0) return undefined;
  return Array.from(objects, ([id, contents]) => [id, contents.digest()]);
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

/**
 * The objects that differ, sorted. What is gone with its feed is a part of the ConfigMap that named that; and of what is
 * not known nobody can tell.
 */
export function changedObjects(from: Having, to: Having): readonly ObjectUnit[] {
  const [before, after] = [objectsOf(from), objectsOf(to)];
  const units = new Set<ObjectUnit>();
  for (const [id, contents] of after)
    for (const key of contents.changedKeys(before.get(id) ?? Contents.EMPTY))
      units.add(unitOf(id, key));
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
    const kept = contents.with(own.map(({ key }) => [key, valueBefore(base, id, key)] as const));
    objects.set(id, kept);
  }
  return objects;
}

/** What makes a renderer that knows the objects of one intent know those of another. */
export function objectChanges(known: Having, intent: Having): readonly PackedChange[] {
  const [before, after] = [objectsOf(known), objectsOf(intent)];
  return [...new Set([...before.keys(), ...after.keys()])].flatMap((kind) => {
    const contents = after.get(kind) ?? Contents.EMPTY;
    return contents.changedKeys(before.get(kind) ?? Contents.EMPTY).map((key): PackedChange => {
      const [namespace = '', name = ''] = key.split('/');
      const packed = contents.get(key)?.packed;
      const place = { kind, namespace, name };
      return packed ? { ...place, type: 'put', packed } : { ...place, type: 'delete' };
    });
  });
}
