import { setTimeout as delay } from 'node:timers/promises';
import type { Log } from '../functions/wire/log.ts';
import type { Auditor } from './auditor.ts';
import type { Reconciler } from './reconciler.ts';
import { wasCut } from './stop.ts';

const LOOK_MS = 1_000;

/**
 * Looks after HAProxy: every second, and whenever something is known to have happened to it. Who is awake for another
 * reason looks as well, and a second that had such a look gets no other: to wake up costs more than to look.
 */
export interface Monitor {
  /** Never rejects. */
  look(): Promise<void>;
  /** Looks until the signal. */
  watch(signal: AbortSignal): Promise<void>;
}

export interface MonitorOptions {
  readonly reconciler: Reconciler;
  readonly auditor: Auditor;
  /** Tells what was read along with a look. */
  readonly tell: () => Promise<void>;
  readonly log: Log;
}

export function createMonitor({ reconciler, auditor, tell, log }: MonitorOptions): Monitor {
  let hasLooked = false;
  const failed = (error: unknown) => {
    if (!wasCut(error)) log.error('cannot check on HAProxy', { error });
  };
  const look: Monitor['look'] = async () => {
    await reconciler.look().catch(failed);
    hasLooked = true;
    await tell().catch(failed);
  };
  return {
    look,
    async watch(signal) {
      while (!signal.aborted) {
        hasLooked = false;
        await delay(LOOK_MS, undefined, { signal }).catch(() => undefined);
        if (!hasLooked) await look();
        await auditor.auditNewWorker();
      }
    },
  };
}
