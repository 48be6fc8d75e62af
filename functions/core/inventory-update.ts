import type { FeedStates } from './inputs/input.ts';
import type { Change } from './objects.ts';

/** What an inventory is told beside the changes of objects. */
export interface InventoryUpdate {
  readonly changes: readonly Change[];
  /** Names of the usable certificates, sorted. */
  readonly certificates: readonly string[];
  /** Namespaces whose pods have never been read: their services are left out. */
  readonly unread: readonly string[];
  /** The feeds whose objects an intent has, be there none; undefined: nothing new. */
  readonly held?: readonly string[] | undefined;
  /** What is known of the feeds of inputs; undefined: nothing new. */
  readonly feeds?: FeedStates | undefined;
}
