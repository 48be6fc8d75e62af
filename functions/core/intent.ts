import { createHash } from 'node:crypto';
import {
  canonicalObjects,
  changedObjects,
  holdBackObjects,
  type IntentObjects,
  isObjectUnit,
  type ObjectUnit,
} from './intent-objects.ts';

/** The data of a ConfigMap. */
export type Data = Readonly<Record<string, string>>;

/**
 * What people write: ConfigMaps `services` and `config`, absent where the object is, and the objects of inputs that are
 * intent. Endpoints (pods, certificates) change by themselves and are no part of it.
 */
export interface Intent {
  readonly services?: Data;
  readonly config?: Data;
  /** Of all feeds that are followed; those count that `config` names. */
  readonly objects?: IntentObjects;
}

/**
 * The smallest parts of an intent that can be held back each for itself: a key of ConfigMap `services`; an object of an
 * input, `ingress.networking.k8s.io/shop/web`; or ConfigMap `config` as one, since its keys include one another.
 */
export type Unit = 'config' | `services/${string}` | ObjectUnit;

export const CONFIG: Unit = 'config';
const SERVICE = 'services/';

export const serviceUnit = (name: string): Unit => `${SERVICE}${name}`;

/** The service that a unit is, or undefined for all others. */
export function serviceOf(unit: Unit): string | undefined {
  return unit.startsWith(SERVICE) ? unit.slice(SERVICE.length) : undefined;
}

/** A unit as people are told of it. */
export const nameOfUnit = (unit: Unit): string =>
  unit === CONFIG ? 'ConfigMap config' : (serviceOf(unit) ?? unit.replace('//', '/'));

/** The object and the key of a unit, as diagnostics name places. */
export function placeOf(unit: Unit, namespace: string): { object: string; key?: string } {
  if (isObjectUnit(unit)) return { object: unit.replace('//', '/') };
  const name = serviceOf(unit);
  const object = `configmaps/${namespace}/${name === undefined ? 'config' : 'services'}`;
  return name === undefined ? { object } : { object, key: name };
}

const entries = (data: Data): readonly (readonly [string, string])[] =>
  Object.keys(data)
    .sort()
    .map((key) => [key, data[key] as string]);

/** Whether two have the same keys and values, in whatever order. */
export function sameData(a: Data | undefined, b: Data | undefined): boolean {
  if (a === b || !a || !b) return a === b;
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length &&
    keys.every((key) => Object.hasOwn(b, key) && a[key] === b[key])
  );
}

/** Many ask for the hash of the same. */
const hashes = new WeakMap<Intent, string>();

/** `sha256:` and 64 hex digits over all keys, values and objects, in whatever order they came: the name of a revision. */
export function hashIntent(intent: Intent): string {
  const known = hashes.get(intent);
  if (known !== undefined) return known;
  const { services, config } = intent;
  const maps = [services && entries(services), config && entries(config)].map((map) => map ?? null);
  const objects = canonicalObjects(intent);
  const text = JSON.stringify(objects ? [...maps, objects] : maps);
  const hash = `sha256:${createHash('sha256').update(text).digest('hex')}`;
  hashes.set(intent, hash);
  return hash;
}

const hasValue = (data: Data | undefined, key: string): boolean =>
  data !== undefined && Object.hasOwn(data, key);

const valueAt = (data: Data | undefined, key: string): string | undefined =>
  hasValue(data, key) ? data?.[key] : undefined;

function changedServices({ services: from }: Intent, { services: to }: Intent): readonly string[] {
  if (from === to) return [];
  const gone = Object.keys(from ?? {}).filter((name) => !hasValue(to, name));
  const others = Object.keys(to ?? {}).filter((name) => valueAt(from, name) !== valueAt(to, name));
  return [...gone, ...others].sort();
}

/** The units in which two intents differ: `config`, then services by name, then objects. */
export function changedUnits(from: Intent, to: Intent): readonly Unit[] {
  return [
    ...(sameData(from.config, to.config) ? [] : [CONFIG]),
    ...changedServices(from, to).map(serviceUnit),
    ...changedObjects(from, to),
  ];
}

function holdBackServices(
  newest: Data = {},
  before: Data | undefined,
  held: ReadonlySet<Unit>,
): Data {
  const names = [...held].flatMap((unit) => serviceOf(unit) ?? []);
  if (names.length === 0) return newest;
  const kept = names.flatMap((name) => {
    const value = valueAt(before, name);
    return value === undefined ? [] : [[name, value] as const];
  });
  const others = Object.entries(newest).filter(([name]) => !held.has(serviceUnit(name)));
  return Object.fromEntries([...others, ...kept]);
}

/** The newer intent, but for some units, which stay as they were before: held back. */
export function holdBack(newest: Intent, before: Intent, held: ReadonlySet<Unit>): Intent {
  const config = held.has(CONFIG) ? before.config : newest.config;
  const objects = holdBackObjects(newest.objects, before, { held, config });
  const isSame = objects === newest.objects || objects.size === 0;
  if (held.size === 0 && isSame) return newest;
  const services = newest.services && holdBackServices(newest.services, before.services, held);
  return {
    ...(services && { services }),
    ...(config && { config }),
    ...(objects.size > 0 && { objects }),
  };
}
