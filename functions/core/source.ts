import type { Diagnostic } from './diagnostics.ts';
import type { Intent } from './intent.ts';
import type { FeedStates } from './inputs/input.ts';
import type { Change } from './objects.ts';
import type { AsOf } from '../wire/as-of.ts';

/** What a source hands on: changes in the order in which they happened, and where it then stands. */
export interface Delivery {
  readonly changes: readonly Change[];
  readonly asOf: AsOf;
  /** Whether every collection that the render needs has been read whole at least once. */
  readonly isSynced: boolean;
  /**
   * Namespaces whose pods have never been read, sorted (forbidden, for instance): their services are left out, since
   * an error is never "empty".
   */
  readonly unread: readonly string[];
  /** What is known of the feeds of inputs. One that is not named has not been read yet. */
  readonly feeds?: FeedStates;
}

/** How one collection of a source fares. */
export interface CollectionStatus {
  /** `pods/shop`, `configmaps/lb`, or the folder's path. */
  readonly collection: string;
  readonly isSynced: boolean;
  /** When it was last known to be complete and current, in milliseconds since the epoch. */
  readonly currentAt?: number;
  /** Why it is not current now; absent while it is. */
  readonly stale?: Diagnostic;
  readonly objects: number;
}

/** Where snapshots come from: a folder of manifests, or Kubernetes. */
export interface Source {
  /** For people, in the first lines of the log: `the manifests in examples/basic`. */
  readonly describes: string;
  /**
   * Delivers until `signal` aborts, surviving every fault of what it reads; rejects only where it can never work.
   * The first delivery may be partial (`isSynced` false).
   */
  run(deliver: (delivery: Delivery) => void, signal: AbortSignal): Promise<void>;
  /**
   * Tells which intents are served, be they earlier ones than the source delivered last: what they need is still
   * followed.
   */
  retain?(intents: readonly Intent[]): void;
  status(): readonly CollectionStatus[];
  /** What is wrong with the input itself (a manifest that does not parse), whatever the renderer will find. */
  diagnostics(): readonly Diagnostic[];
}
