import type { FleetState, PackedPut as Put } from '../core/fleet-pod.ts';
import { type FeedId, type FeedStates, isFeedId, isIntentFeed } from '../core/inputs/input.ts';
import type { Intent } from '../core/intent.ts';
import { objectChanges, objectsOf } from '../core/intent-objects.ts';
import { formatKey, type ObjectKey } from '../core/objects.ts';
import { type PackedChange, unpack } from '../core/packing.ts';
import type { FeedMetadata } from '../core/snapshot-metadata.ts';
import type { IntentStore } from './intent-store.ts';
import { withoutSecrets } from './without-secrets.ts';

/** The objects that what is served is made of. */
export interface ServedObjects {
  /** All that are known, pods as they are served. */
  all(): readonly Put[];
  /** All objects that what is served is made of but Secrets and those of feeds, sorted by key. */
  objects(): readonly Uint8Array[];
  /** The feeds of inputs, in the order of their ids, each with its objects. */
  feeds(): readonly { readonly metadata: FeedMetadata; readonly objects: readonly Uint8Array[] }[];
}

export interface ServedObjectsOptions {
  /** By key, all that was read. */
  readonly known: ReadonlyMap<string, Put>;
  /** Pods that are served as they were, whatever became of them. */
  readonly kept: () => FleetState;
  readonly intents: Pick<IntentStore, 'isPart' | 'maps'>;
  readonly served: () => Intent;
  readonly feedStates: () => FeedStates;
  readonly isRollout: (key: ObjectKey) => boolean;
}

const byKey = (a: PackedChange, b: PackedChange) => (formatKey(a) < formatKey(b) ? -1 : 1);

export function createServedObjects(options: ServedObjectsOptions): ServedObjects {
  const { known, intents, served, isRollout } = options;

  function all(): readonly Put[] {
    const kept = options.kept();
    if (kept.size === 0) return [...known.values()];
    const objects = new Map(known);
    for (const [key, { put }] of kept) objects.set(key, put);
    return [...objects.values()];
  }

  return {
    all,
    objects: () =>
      all()
        .filter((one) => one.kind !== 'secrets' && !intents.isPart(one) && !isRollout(one))
        .filter(({ kind }) => !isFeedId(kind))
        .concat(intents.maps(served()).filter((change) => change.type === 'put'))
        .sort(byKey)
        .map(({ packed }) => unpack(packed)),
    feeds() {
      const states = options.feedStates();
      const own = objectChanges({}, served());
      const ids = new Set<string>([...Object.keys(states), ...objectsOf(served()).keys()]);
      const flowing = [...known.values()].filter(({ kind }) => !isIntentFeed(kind));
      return [...ids].sort().map((id) => ({
        metadata: { feed: id as FeedId, state: states[id] ?? 'read' },
        objects: [...flowing, ...own]
          .filter(({ kind }) => kind === id)
          .sort(byKey)
          .map(withoutSecrets)
          .flatMap((change) => (change.type === 'put' ? [unpack(change.packed)] : [])),
      }));
    },
  };
}
