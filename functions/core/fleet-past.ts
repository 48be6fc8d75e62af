import { type AsOf, compareVersions } from '../wire/as-of.ts';
import type { FleetPod, FleetState } from './fleet-pod.ts';

/** One change of a pod, so that it can be undone. */
export interface Undo {
  readonly key: string;
  /** The pod before it; undefined where there was none. */
  readonly before: FleetPod | undefined;
  readonly namespace: string;
  /** Where in the history of its collection it stands; undefined where nobody tells. */
  readonly version: string | undefined;
  readonly at: number;
}

interface Kept extends Undo {
  readonly collection: string;
  /** How far its collection had come before. */
  readonly previous: string | undefined;
  /** Whether its version is known, and after all that was known before. */
  readonly isOrdered: boolean;
}

/** A version of each collection. */
export type Versions = Readonly<Record<string, string>>;

/** The last changes of a fleet: the way back to a state of a moment ago, here or as another replica names it. */
export interface Past {
  note(undo: Undo, asOf: AsOf): void;
  /** What was noted has come as far as this. */
  reach(asOf: AsOf): void;
  /** How many changes there were so far. */
  changes(): number;
  /** The state after so many changes, from the state of now. */
  after(changes: number, now: FleetState): FleetState;
  /** How far the collections that changed since then had come; undefined where that is not known for all of them. */
  versionsAfter(changes: number): Versions | undefined;
  /** The state at these versions, from the state of now; undefined where the way back is not known so far. */
  at(versions: Versions, now: FleetState): FleetState | undefined;
  /** Forgets the way back beyond so many changes, but for those that are not as old as this. */
  forget(changes: number, at: number): void;
  /** There is no way back beyond now. */
  begin(): void;
  /** All that is kept of pods. */
  pods(): Iterable<FleetPod>;
}

/** Of what is kept; less is not worth the move of the rest. */
const LEAST_DROPPED = 1 / 8;

const isLater = (version: string, than: string) => compareVersions(version, than) > 0;

/** One watch has all pods, or one each namespace. */
const collectionOf = (namespace: string, asOf: AsOf): string =>
  Object.hasOwn(asOf, 'pods') ? 'pods' : `pods/${namespace}`;

function undo(now: FleetState, changes: readonly Kept[]): FleetState {
  const state = new Map(now);
  for (const { key, before } of changes.toReversed())
    if (before) state.set(key, before);
    else state.delete(key);
  return state;
}

export function createPast(): Past {
  let kept: Kept[] = [];
  /** How many there were before those that are kept. */
  let forgotten = 0;
  const reached = new Map<string, string>();
  /** How far back each collection is known; absent where it is from its beginning. */
  const known = new Map<string, string | undefined>();

  const isAt = ({ collection, isOrdered, version = '' }: Kept, versions: Versions): boolean => {
    const wanted = versions[collection];
    return wanted !== undefined && (!isOrdered || isLater(version, wanted));
  };

  function drop(count: number): void {
    const collections = new Set(kept.slice(0, count).map(({ collection }) => collection));
    kept = kept.slice(count);
    forgotten += count;
    for (const name of collections) {
      const next = kept.find(({ collection }) => collection === name);
      known.set(name, next ? next.previous : reached.get(name));
    }
  }

  return {
    note(change, asOf) {
      const collection = collectionOf(change.namespace, asOf);
      const previous = reached.get(collection);
      const { version = asOf[collection]?.lo } = change;
      // A list tells of objects in any order, and after a restore versions go back.
      const isOrdered =
        version !== undefined && (previous === undefined || !isLater(previous, version));
      const { key, before, namespace, at } = change;
      // Not spread: V8 gives every object that comes of it a shape of its own, of twice its size.
      kept.push({ key, before, namespace, version, at, collection, previous, isOrdered });
      if (isOrdered) reached.set(collection, version);
    },
    reach(asOf) {
      for (const [collection, { lo }] of Object.entries(asOf))
        if (/^pods(?:\/|$)/.test(collection)) reached.set(collection, lo);
    },
    changes: () => forgotten + kept.length,
    after: (changes, now) => undo(now, kept.slice(Math.max(0, changes - forgotten))),
    versionsAfter(changes) {
      const versions: Record<string, string> = {};
      for (const { collection, previous } of kept.slice(Math.max(0, changes - forgotten))) {
        if (Object.hasOwn(versions, collection)) continue;
        if (previous === undefined) return undefined;
        versions[collection] = previous;
      }
      return versions;
    },
    at(versions, now) {
      const isKnown = Object.entries(versions).every(([collection, version]) => {
        if (!known.has(collection)) return true;
        const from = known.get(collection);
        return from !== undefined && !isLater(from, version);
      });
      return isKnown
        ? undo(
            now,
            kept.filter((change) => isAt(change, versions)),
          )
        : undefined;
    },
    forget(changes, at) {
      const most = Math.min(changes - forgotten, kept.length);
      const isOld = (index: number) => index < most && (kept[index] as Kept).at < at;
      // Many at once, so that each is moved a few times only.
      if (!isOld(Math.floor(kept.length * LEAST_DROPPED))) return;
      let count = 0;
      while (isOld(count)) count++;
      drop(count);
    },
    begin() {
      drop(kept.length);
      for (const [collection, version] of reached) known.set(collection, version);
    },
    *pods() {
      for (const { before } of kept) if (before) yield before;
    },
  };
}
