import { readFile, rm } from 'node:fs/promises';
import type { Log } from '../../functions/wire/log.ts';
import { noteFile } from '../disk/durable.ts';

/** What has become of HAProxy since it came to run a revision, while evidence is wanted. */
export interface Watched {
  readonly revision: string;
  readonly deaths: number;
  readonly outOfMemory: number;
}

/**
 * A note of that on disk. A container that runs out of memory is killed as a whole, the reloader too: where a note is
 * found at a start, and no HAProxy, it has died.
 */
export interface WatchNote {
  /** What an earlier reloader left, which did not end in order. */
  readonly left: Watched | undefined;
  /** Never rejects. One at a time, in order. */
  write(watched: Watched | undefined): Promise<void>;
}

const isCount = (value: unknown): value is number =>
  Number.isSafeInteger(value) && Number(value) >= 0;

function parse(text: string): Watched | undefined {
  try {
    const { revision, deaths, outOfMemory } = JSON.parse(text) as { [key: string]: unknown };
    const isFine = typeof revision === 'string' && isCount(deaths) && isCount(outOfMemory);
    return isFine ? { revision, deaths, outOfMemory } : undefined;
  } catch {
    return undefined;
  }
}

export async function openWatchNote(path: string, log: Log): Promise<WatchNote> {
  const left = parse(await readFile(path, 'utf8').catch(() => ''));
  let last = Promise.resolve();
  const put = (watched: Watched | undefined) =>
    watched ? noteFile(path, JSON.stringify(watched), 0o600) : rm(path, { force: true });
  return {
    left,
    write(watched) {
      last = last
        .then(() => put(watched))
        .catch((error: unknown) => log.warn('cannot record evidence for the rollout', { error }));
      return last;
    },
  };
}
