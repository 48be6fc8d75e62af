import type { Log } from '../../functions/wire/log.ts';
import type { Live } from '../audit/live.ts';
import type { Release } from '../disk/release.ts';
import type { Worker } from '../runtime/worker.ts';
import { wasCut } from '../stop.ts';
import type { HoldsKeeping } from './keeping.ts';

/** Carries what operators hold over a reload or a start. What fails is left to the next audit. */
export interface CarriedHolds {
  /** Learns what is held in a worker that runs this release as a whole, just before it is replaced. */
  learn(release: Release): Promise<void>;
  /** Sets it again in the worker that has come. */
  restore(release: Release): Promise<void>;
}

export interface CarriedHoldsOptions {
  readonly worker: Worker;
  readonly live: Live;
  readonly keeping: HoldsKeeping;
  readonly log: Log;
}

export function createCarriedHolds(options: CarriedHoldsOptions): CarriedHolds {
  const { worker, live, keeping, log } = options;
  const meet = (release: Release) =>
    worker.using(release.etag, (session) => keeping.meet(session, live.servers(release)));
  return {
    async learn(release) {
      try {
        await meet(release);
      } catch (error) {
        if (wasCut(error)) throw error;
        const code = 'holds-unknown';
        log.warn('cannot read which servers operators hold; using the last audit', { code, error });
      }
    },
    async restore(release) {
      try {
        if (keeping.holds.size > 0) await meet(release);
      } catch (error) {
        if (wasCut(error)) throw error;
        const code = 'holds-unset';
        log.warn('cannot restore held servers yet', { code, error });
      }
    },
  };
}
