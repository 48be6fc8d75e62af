import { setTimeout as delay } from 'node:timers/promises';
import type { Log } from '../../functions/wire/log.ts';
import { underEither } from '../under-either.ts';
import type { Tombstones } from './tombstones.ts';
import type { Worker } from './worker.ts';

/** Deletes servers that left, in the background, as their connections end. */
export interface Sweeper {
  /** Begins anew, in a worker that runs this release. */
  start(etag: string): void;
  /** Something else takes over. */
  stop(): void;
}

export interface SweeperOptions {
  readonly tombstones: Tombstones;
  readonly worker: Worker;
  readonly log: Log;
  readonly signal: AbortSignal;
}

/** Between tries to delete servers whose connections go on. */
const SWEEP_MS = { first: 100, most: 5_000 };

export function createSweeper({ tombstones, worker, log, signal }: SweeperOptions): Sweeper {
  let sweeping: AbortController | undefined;

  const sweep = async (etag: string, until: AbortSignal) => {
    let isTold = false;
    for (let ms = SWEEP_MS.first; tombstones.size > 0; ms = Math.min(ms * 2, SWEEP_MS.most)) {
      await delay(ms, undefined, { signal: until, ref: false });
      try {
        await worker.using(etag, (session) => tombstones.sweep(session));
      } catch (error) {
        if (until.aborted) return;
        const { size: waiting } = tombstones;
        if (!isTold) log.warn('cannot delete removed servers yet', { error, waiting });
        isTold = true;
      }
    }
  };

  return {
    start(etag) {
      sweeping?.abort();
      sweeping = new AbortController();
      if (tombstones.size === 0) return;
      // It rejects when it is aborted, and only then.
      underEither([sweeping.signal, signal], (either) => sweep(etag, either)).catch(
        () => undefined,
      );
    },
    stop: () => sweeping?.abort(),
  };
}
