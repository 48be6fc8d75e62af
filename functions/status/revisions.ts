import type { History, KeptRevision } from '../core/revision.ts';
import type { Rollout } from '../core/rollout.ts';
import { notReady } from '../http/not-ready.ts';

/** The revisions that are kept, and what people and replicas have agreed upon about them. */
export interface Past {
  /** Oldest first. */
  readonly revisions: readonly KeptRevision[];
  readonly rollout: Rollout;
}

/** How long what was read holds, in milliseconds: people look at one page after the other. */
const FRESH_MS = 2_000;

/**
 * Reads the history for people, once for all who look at the same time.
 *
 * @returns a function that throws a Problem where it cannot be read
 */
export function createReadPast(
  history: Pick<History, 'list' | 'rollout'>,
  now: () => number,
): () => Promise<Past> {
  let read: Promise<Past> | undefined;
  let readAt = 0;

  async function readAll(): Promise<Past> {
    const [revisions, rollout] = await Promise.all([history.list(), history.rollout()]);
    return { revisions, rollout };
  }

  return async () => {
    if (!read || now() - readAt >= FRESH_MS) {
      readAt = now();
      read = readAll();
    }
    try {
      return await read;
    } catch (error) {
      read = undefined;
      throw notReady({
        code: 'history-unread',
        message: `the revisions cannot be read: ${(error as Error).message}`,
        hint: 'Ask again. What is served does not need them.',
      });
    }
  };
}
