import { createHash } from 'node:crypto';

/** The data of a ConfigMap. */
export type Data = Readonly<Record<string, string>>;

/**
 * What people write: ConfigMaps `services` and `config`; absent where the object is. Endpoints (pods, certificates)
 * change by themselves and are no part of it.
 */
export interface Intent {
  readonly services?: Data;
  readonly config?: Data;
}

/**
 * The smallest parts of an intent that can be held back each for itself: a key of ConfigMap `services`, or ConfigMap
 * `config` as one, since its keys include one another.
 */
export type Unit = 'config' | `services/${string}`;

export const CONFIG: Unit = 'config';
const SERVICE = 'services/';

export const serviceUnit = (name: string): Unit => `${SERVICE}${name}`;

/** The service that a unit is, or undefined for `config`. */
export function serviceOf(unit: Unit): string | undefined {
  return unit.startsWith(SERVICE) ? unit.slice(SERVICE.length) : undefined;
}

/** The object and the key of a unit, as diagnostics name places. */
export function placeOf(unit: Unit, namespace: string): { object: string; key?: string } {
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

/** `sha256:` and 64 hex digits over all keys and values, in whatever order they came: the name of a revision. */
export function hashIntent(intent: Intent): string {
  const known = hashes.get(intent);
  if (known !== undefined) return known;
  const { services, config } = intent;
  const canonical = [services && entries(services), config && entries(config)];
  const text = JSON.stringify(canonical.map((data) => data ?? null));
  const hash = `sha256:${createHash('sha256').update(text).digest('hex')}`;
  hashes.set(intent, hash);
  return hash;
}

const valueAt = (data: Data | undefined, key: string): string | undefined =>
  data && Object.hasOwn(data, key) ? data[key] : undefined;

/** The units in which two intents differ: `config`, then services by name. */
export function changedUnits(from: Intent, to: Intent): readonly Unit[] {
  const names = [from, to].flatMap(({ services }) => Object.keys(services ?? {}));
  const changed = [...new Set(names)]
    .sort()
    .filter((name) => valueAt(from.services, name) !== valueAt(to.services, name));
  return [...(sameData(from.config, to.config) ? [] : [CONFIG]), ...changed.map(serviceUnit)];
}

/** The newer intent, but for some units, which stay as they were before: held back. */
export function holdBack(newest: Intent, before: Intent, held: ReadonlySet<Unit>): Intent {
  if (held.size === 0) return newest;
  const names = [...held].flatMap((unit) => serviceOf(unit) ?? []);
  const kept = names.flatMap((name) => {
    const value = valueAt(before.services, name);
    return value === undefined ? [] : [[name, value] as const];
  });
  const others = Object.entries(newest.services ?? {}).filter(
    ([name]) => !held.has(serviceUnit(name)),
  );
  const services = Object.fromEntries([...others, ...kept]);
  const config = held.has(CONFIG) ? before.config : newest.config;
  return { ...(newest.services && { services }), ...(config && { config }) };
}
