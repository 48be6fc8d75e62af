import { type FeedStates, isIntentFeed } from '../core/inputs/input.ts';
import { type Data, type Intent, sameData } from '../core/intent.ts';
import { objectChanges } from '../core/intent-objects.ts';
import type { PackedPut as Put } from '../core/fleet-pod.ts';
import { formatKey, type MapContent, type ObjectKey } from '../core/objects.ts';
import { type PackedChange, pack } from '../core/packing.ts';
import type { AsOf } from '../wire/as-of.ts';
import { contentOf, rememberContent, versionOf } from './map-content.ts';
import { WrittenObjects } from './written-objects.ts';

/** What people write, as it was read last: ConfigMaps `services` and `config`, and the objects of inputs that are intent. */
export interface IntentStore {
  isPart(key: ObjectKey): boolean;
  /** Takes a change, whether it is a part or not; `json` is what it was made from, where it is no deletion. */
  take(change: PackedChange, json: Uint8Array | undefined): void;
  /** The source has come so far. */
  reach(asOf: AsOf): void;
  /** Reads the newest intent of what has been taken. */
  read(feeds: FeedStates): Intent;
  newest(): Intent;
  /** The versions of the ConfigMaps that an intent was read of, where they have some, and where its feeds stood. */
  versionsOf(intent: Intent): AsOf;
  /** The ConfigMaps of an intent, as they came where they have its data. */
  maps(intent: Intent): readonly PackedChange[];
  /** The changes from one intent to another. */
  changes(known: Intent, intent: Intent): readonly PackedChange[];
}

export interface IntentStoreOptions {
  readonly namespace: string;
  /** An object that is known, by its key. */
  readonly find: (key: string) => Put | undefined;
}

const MAPS = ['config', 'services'] as const;
const encoder = new TextEncoder();

/** Where the feeds of objects that people write stand. */
const writtenIn = (asOf: AsOf): AsOf =>
  Object.fromEntries(Object.entries(asOf).filter(([collection]) => isIntentFeed(collection)));

/** The intents of one configuration namespace. */
export function createIntentStore({ namespace, find }: IntentStoreOptions): IntentStore {
  const mapKey = (name: string) => `configmaps/${namespace}/${name}`;
  const keys = new Set(['services', 'config'].map(mapKey));
  const written = new WrittenObjects();
  const versions = new WeakMap<Intent, AsOf>();
  let newest: Intent = {};
  /** How far the source has come. */
  let reached: AsOf = {};

  /** The data of a map, which stays the same object while that does. */
  function dataNow(name: 'services' | 'config', content?: MapContent): Data | undefined {
    const data = content?.data;
    return sameData(data, newest[name]) ? newest[name] : data;
  }

  function versionsNow(contents: Readonly<Record<string, MapContent | undefined>>): AsOf {
    const found = Object.entries(contents).flatMap(([name, content]) => {
      const version = content && versionOf(content);
      const collection = `configmaps/${namespace}.${name}`;
      // Versions that manifests in files bear from wherever they were read tell nothing.
      const counts = version !== undefined && Object.hasOwn(reached, collection);
      return counts ? [[collection, { lo: version, hi: version }] as const] : [];
    });
    return { ...Object.fromEntries(found), ...writtenIn(reached) };
  }

  /** The object as it came, where the intent has its data; else one with nothing but the data. */
  function mapOf(name: (typeof MAPS)[number], data: Data | undefined): PackedChange {
    const key = { kind: 'configmaps', namespace, name } as const;
    if (!data) return { ...key, type: 'delete' };
    const known = find(formatKey(key));
    if (known && sameData(contentOf(known).data, data)) return known;
    const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace }, data };
    return { ...key, type: 'put', packed: pack(encoder.encode(JSON.stringify(object))) };
  }

  const maps = (intent: Intent): readonly PackedChange[] =>
    MAPS.map((name) => mapOf(name, intent[name]));

  return {
    isPart: (key) => isIntentFeed(key.kind) || keys.has(formatKey(key)),
    take(change, json) {
      written.take(change, json);
      if (change.type === 'put' && json && keys.has(formatKey(change)))
        rememberContent(change, json);
    },
    reach(asOf) {
      reached = asOf;
    },
    read(feeds) {
      const [services, config] = ['services', 'config'].map((name) => {
        const put = find(mapKey(name));
        return put && contentOf(put);
      });
      const data = { services: dataNow('services', services), config: dataNow('config', config) };
      const others = written.of(feeds);
      newest = {
        ...(data.services && { services: data.services }),
        ...(data.config && { config: data.config }),
        ...(others.size > 0 && { objects: others }),
      };
      versions.set(newest, versionsNow({ services, config }));
      return newest;
    },
    newest: () => newest,
    versionsOf(intent) {
      const known = versions.get(intent) ?? {};
      // Nothing of the newest has changed since it was read, however far its feeds have come.
      return intent === newest ? { ...known, ...writtenIn(reached) } : known;
    },
    maps,
    changes: (known, intent) => [
      ...objectChanges(known, intent),
      ...MAPS.filter((name) => !sameData(known[name], intent[name])).map((name) =>
        mapOf(name, intent[name]),
      ),
    ],
  };
}
