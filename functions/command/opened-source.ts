import type { History } from '../core/revision.ts';
import type { Rollout } from '../core/rollout.ts';
import type { Source } from '../core/source.ts';
import type { OpenEvents } from './events.ts';
import type { OpenStatuses } from './statuses.ts';

export interface OpenedHistory {
  readonly history: History;
  /** Whether it outlives this process. */
  readonly isKept: boolean;
  /** Follows the rollout where the source does not bring it. */
  watch?(onRollout: (rollout: Rollout) => void, signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

export interface OpenedSource {
  readonly source: Source;
  /** Where the revisions of what it delivers are kept. */
  readonly history: OpenedHistory;
  /** Where people are told of what happens to it. */
  readonly openEvents?: OpenEvents;
  /** Where statuses of its objects are written; absent where none are to be. */
  readonly openStatuses?: OpenStatuses;
  /** Whether it is files at hand: somebody is at a terminal, not a cluster's log collector. */
  readonly isLocal: boolean;
}
