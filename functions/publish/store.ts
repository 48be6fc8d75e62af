import type { CertificateFile } from '../core/assembly.ts';
import { diagnoseBinaryData, MAPS } from '../core/binary-data.ts';
import type { CertificateSet } from '../core/certificates.ts';
import type { Diagnostic } from '../core/diagnostics.ts';
import type { Data, Intent } from '../core/intent.ts';
import { objectsOf } from '../core/intent-objects.ts';
import { type FeedStates, isIntentFeed } from '../core/inputs/input.ts';
import { isSecretFeed } from '../core/inputs/secret.ts';
import type { FleetState, PackedPut as Put } from '../core/fleet-pod.ts';
import { formatKey, type ObjectKey, readData, readContent } from '../core/objects.ts';
import { type Rollout, unpackRollout } from '../core/rollout.ts';
import { type PackedChange, type PackedUpdate, packChange, unpack } from '../core/packing.ts';
import { type CertificateFiles, createCertificateStore } from './certificate-store.ts';
import type { CertificateStatus } from './publication.ts';
import type { Delivery } from '../core/source.ts';
import type { AsOf } from '../wire/as-of.ts';
import { createIntentStore } from './intent-store.ts';
import { contentOf, contentOnce, versionOf } from './map-content.ts';
import { createServedObjects, type ServedObjects } from './served-objects.ts';
import { createStanding } from './standing.ts';
import { withoutSecrets } from './without-secrets.ts';

/** The state that bundles are made of, at one moment. */
export interface Inputs extends CertificateFiles {
  /** Grows with every change that a render could see. */
  readonly version: number;
  readonly asOf: AsOf;
}

/** What stands between the pods that are read and those that are served. */
export interface PodGuard {
  /** Gives the changes to hand on. */
  take(changes: readonly PodChange[], asOf: AsOf): readonly PackedChange[];
  /** Pods that are served as they were, whatever became of them. */
  kept(): FleetState;
}

/** A change of a pod, with what it was made from. */
export interface PodChange {
  readonly change: PackedChange;
  /** Undefined where it is deleted. */
  readonly json: Uint8Array | undefined;
}

/** What a delivery means to the renderer, and to the gate. */
export interface Taken {
  /** Of endpoints alone. */
  readonly update: PackedUpdate;
  /** Whether it is worth a render: an endpoint, a certificate or an unread namespace differs. */
  readonly hasChanged: boolean;
  /** Whether other certificates are there than before. */
  readonly hasOtherCertificates: boolean;
  /** Whether more or less is known of the feeds of inputs than before. */
  readonly hasOtherFeeds: boolean;
  /** The intent, where it differs from before. */
  readonly intent?: Intent;
  /** ConfigMap `rollout`, where it differs from before. */
  readonly rollout?: Rollout;
}

/**
 * What the server knows of Kubernetes: every object, packed, so that a new renderer can be told
 * everything without asking the API server, and the certificates, which no renderer is ever told.
 */
export interface Store {
  take(delivery: Delivery): Taken;
  /** Other pods are to be served, without anything that was read; undefined where there are none. */
  handOn(changes: readonly PackedChange[]): PackedUpdate | undefined;
  /** All endpoints: everything that a renderer is to know beside an intent. */
  endpoints(): PackedUpdate;
  /** The newest intent. */
  intent(): Intent;
  /** An intent, for a renderer that knows another one, or none. */
  intentUpdate(intent: Intent, known?: Intent): PackedUpdate;
  /**
   * Serves this intent from now on: `from`, as it came, but for what is held back. Without `from` it is an earlier one,
   * which no poller is to get that has seen anything newer.
   */
  serve(intent: Intent, from: Intent | undefined): void;
  /** Serves this intent from now on, which was judged before: where things stand does not change. */
  adopt(intent: Intent): void;
  /** The versions of the ConfigMaps that an intent was read of, where they have some, and where its feeds stood. */
  versionsOf(intent: Intent): AsOf;
  /** The newest intent is judged: the position that it came with holds for what is served. */
  judged(): void;
  /** What is served is what this rollout asks for. */
  follow(rollout: Rollout | undefined): void;
  inputs(): Inputs;
  /** The rollout's part of the position: see `Standing`. */
  ofRollout(): AsOf;
  isSynced(): boolean;
  certificates(): readonly CertificateStatus[];
  /** What Kubernetes knows of an object, by its key. */
  identify(key: string): Identity;
  /** All that private keys are in. */
  secretFiles(): Iterable<CertificateFile>;
  /** These chains with the keys of now. */
  pair(chains: Data): CertificateSet;
  diagnostics(): readonly Diagnostic[];
  readonly objects: ServedObjects['objects'];
  feedStates(): FeedStates;
  readonly feeds: ServedObjects['feeds'];
}

const dataOf = (json: Uint8Array | undefined): Data => (json ? readData(json) : {});

/** Which of the objects of its name it is. */
export interface Identity {
  readonly uid?: string;
}

const NO_GUARD: PodGuard = {
  take: (changes) => changes.map(({ change }) => change),
  kept: () => new Map(),
};
/** A store for one configuration namespace. */
export function createStore(namespace: string, guard: PodGuard = NO_GUARD): Store {
  const mapKey = (name: string) => `configmaps/${namespace}/${name}`;
  const chainsKey = mapKey('certificates');
  const keysKey = `secrets/${namespace}/keys`;
  const rolloutKey = mapKey('rollout');
  const objects = new Map<string, Put>();
  let unread: readonly string[] = [];
  let feeds: FeedStates = {};
  let isSynced = false;
  const certificates = createCertificateStore(namespace);
  let inputs: Inputs = { version: 0, asOf: {}, ...certificates.files() };
  const ofBinaryData = new Map<string, readonly Diagnostic[]>();
  let served: Intent = {};
  const intents = createIntentStore({ namespace, find: (key) => objects.get(key) });
  const standing = createStanding(namespace);
  const servedObjects = createServedObjects({
    known: objects,
    kept: guard.kept,
    intents,
    served: () => served,
    feedStates: () => feeds,
    isRollout,
  });

  /** Whether the change differs from what is known. */
  function keep(change: PackedChange): boolean {
    const key = formatKey(change);
    if (change.type === 'delete') return objects.delete(key);
    const known = objects.get(key);
    if (known && Buffer.compare(known.packed, change.packed) === 0) return false;
    objects.set(key, change);
    return true;
  }

  /** Of changes that differ from what is known, those to hand on. */
  function endpointsOf(changes: readonly PodChange[], asOf: AsOf): readonly PackedChange[] {
    const isPod = ({ change }: PodChange) => change.kind === 'pods';
    const others = changes
      .filter((change) => !isPod(change))
      .map(({ change }) => change)
      .filter((change) => !intents.isPart(change) && !isRollout(change));
    return [...others, ...guard.take(changes.filter(isPod), asOf)];
  }

  const jsonOf = (key: string): Uint8Array | undefined => {
    const packed = objects.get(key)?.packed;
    return packed && unpack(packed);
  };

  function checkCertificates(): boolean {
    const isOther = certificates.take({
      chains: dataOf(jsonOf(chainsKey)),
      keys: dataOf(jsonOf(keysKey)),
      secrets: [...objects.values()].filter(({ kind }) => isSecretFeed(kind)),
    });
    inputs = { ...inputs, ...certificates.files() };
    return isOther;
  }

  /** How intents reach the fleet: the gate's, as intents are until they are served. */
  function isRollout(key: ObjectKey): boolean {
    return formatKey(key) === rolloutKey;
  }
  /** Keys stay here, and so do chains: the renderer has no use for them. */
  const isForRenderer = (key: ObjectKey): boolean =>
    key.kind !== 'secrets' && formatKey(key) !== chainsKey;

  const updateOf = (changes: readonly PackedChange[]): PackedUpdate => ({
    changes: changes.filter(isForRenderer).map(withoutSecrets),
    certificates: [...inputs.certificates.keys()].sort(),
    unread,
    feeds,
  });

  function readRollout(): Rollout {
    const put = objects.get(rolloutKey);
    const content = put && contentOf(put);
    return unpackRollout(content?.data ?? {}, content && versionOf(content));
  }

  function findBinaryData(name: string): readonly Diagnostic[] {
    const put = objects.get(mapKey(name));
    return diagnoseBinaryData(namespace, name, put && contentOnce(put));
  }

  /** Which feeds of intent are known. */
  const intentFeedsIn = (states: FeedStates): string =>
    Object.keys(states).filter(isIntentFeed).sort().join();

  return {
    take(delivery) {
      const taken = delivery.changes
        .map((change): PodChange => {
          return {
            change: packChange(change),
            json: change.type === 'put' ? change.json : undefined,
          };
        })
        .filter(({ change }) => keep(change));
      const changes = taken.map(({ change }) => change);
      for (const { change, json } of taken) intents.take(change, json);
      const endpoints = endpointsOf(taken, delivery.asOf);
      const isOtherIntent = intentFeedsIn(delivery.feeds ?? {}) !== intentFeedsIn(feeds);
      const hasNewIntent = isOtherIntent || changes.some(intents.isPart);
      const keys = new Set(changes.map(formatKey));
      const isOfFeed = changes.some(({ kind }) => isSecretFeed(kind));
      const isKeyMaterial = keys.has(chainsKey) || keys.has(keysKey) || isOfFeed;
      const hasOtherCertificates = isKeyMaterial && checkCertificates();
      for (const name of MAPS.filter((each) => keys.has(mapKey(each))))
        ofBinaryData.set(name, findBinaryData(name));
      const hasOtherFeeds = JSON.stringify(delivery.feeds ?? {}) !== JSON.stringify(feeds);
      const isOtherwiseRead = delivery.unread.join() !== unread.join() || hasOtherFeeds;
      const hasChanged = endpoints.length > 0 || isOtherwiseRead;
      unread = delivery.unread;
      feeds = delivery.feeds ?? {};
      isSynced ||= delivery.isSynced;
      const rollout = changes.some(isRollout) ? readRollout() : undefined;
      intents.reach(delivery.asOf);
      const intent = hasNewIntent ? intents.read(feeds) : undefined;
      standing.take({ asOf: delivery.asOf, intent, rollout });
      const version = inputs.version + (hasChanged ? 1 : 0);
      inputs = { ...inputs, asOf: standing.now(), version };
      const update = updateOf(endpoints);
      return {
        update,
        hasChanged,
        hasOtherCertificates,
        hasOtherFeeds,
        ...(intent && { intent }),
        ...(rollout && { rollout }),
      };
    },
    handOn(changes) {
      if (changes.length === 0) return undefined;
      inputs = { ...inputs, version: inputs.version + 1 };
      return updateOf(changes);
    },
    endpoints: () =>
      updateOf(servedObjects.all().filter((one) => !intents.isPart(one) && !isRollout(one))),
    intent: intents.newest,
    intentUpdate: (intent, known = {}) => ({
      ...updateOf(intents.changes(known, intent)),
      held: [...objectsOf(intent).keys()],
    }),
    serve(intent, from) {
      served = intent;
      standing.serve(from);
      inputs = { ...inputs, asOf: standing.now() };
    },
    adopt(intent) {
      served = intent;
    },
    versionsOf: intents.versionsOf,
    judged() {
      standing.judged();
      inputs = { ...inputs, asOf: standing.now() };
    },
    follow(rollout) {
      standing.follow(rollout);
      inputs = { ...inputs, asOf: standing.now() };
    },
    inputs: () => inputs,
    ofRollout: standing.ofRollout,
    isSynced: () => isSynced,
    certificates: certificates.statuses,
    identify(key) {
      const json = jsonOf(key);
      const uid = json && readContent(json).uid;
      return typeof uid === 'string' ? { uid } : {};
    },
    secretFiles: () => [...inputs.lost.values(), ...inputs.certificates.values()],
    pair: certificates.pair,
    diagnostics: () => [
      ...certificates.diagnostics(),
      ...MAPS.flatMap((name) => ofBinaryData.get(name) ?? []),
    ],
    objects: servedObjects.objects,
    feedStates: () => feeds,
    feeds: servedObjects.feeds,
  };
}
