import type { Log } from '../functions/wire/log.ts';
import { type Applier, createApplier } from './apply.ts';
import { createAudit } from './audit/audit.ts';
import { createLive } from './audit/live.ts';
import { type Auditor, createAuditor } from './auditor.ts';
import { createLastGood } from './disk/last-good.ts';
import type { Release } from './disk/release.ts';
import type { StateFolder } from './disk/state-folder.ts';
import { createDriftBook } from './drift.ts';
import type { Checked } from './haproxy/check.ts';
import type { Haproxy } from './haproxy/haproxy.ts';
import { createHealth } from './health.ts';
import { createCarriedHolds } from './holds/carried-holds.ts';
import { createHoldsKeeping } from './holds/keeping.ts';
import type { Mutex } from './mutex.ts';
import { createReading } from './plan/reading.ts';
import type { RateLimit } from './rate-limit.ts';
import { createReload } from './reload.ts';
import { createSweeper } from './runtime/sweeper.ts';
import { createTombstones } from './runtime/tombstones.ts';
import { createWorker } from './runtime/worker.ts';
import { createRuntimeApply, type Work } from './runtime-apply.ts';
import { createServing } from './serving.ts';
import type { Status } from './status.ts';
import type { Stop } from './stop.ts';

export interface DeliveryOptions {
  readonly folder: StateFolder;
  readonly haproxy: Haproxy;
  readonly masterSocket: string;
  /** The worker's own socket, where this reloader has HAProxy open one. */
  readonly workerSocket: string | undefined;
  readonly check: (release: Release) => Promise<Checked>;
  /** Whether what another hand changes is left to it. */
  readonly isAuditOff: boolean;
  readonly status: Status;
  readonly mutex: Mutex;
  readonly rateLimit: RateLimit;
  readonly log: Log;
  readonly stop: Stop;
}

/** The ways by which a release gets into HAProxy, over the Runtime API and by a reload, and stays there. */
export interface Delivery {
  readonly applier: Applier<Work>;
  readonly auditor: Auditor;
}

export function createDelivery(options: DeliveryOptions): Delivery {
  const { folder, haproxy, masterSocket, workerSocket, check, log, stop } = options;
  const { status, mutex, rateLimit } = options;
  const { releases, record, stateFile } = folder;
  const worker = createWorker({
    masterSocket,
    hurry: stop.hurry,
    ...(workerSocket === undefined ? {} : { workerSocket }),
  });
  const serving = createServing({
    retired: record.memory.retired,
    remember: (retired) => record.update({ retired }),
  });
  const tombstones = createTombstones();
  const sweeper = createSweeper({ tombstones, worker, log, signal: stop.drain });
  const { current: root } = releases;
  const reading = createReading();
  const live = createLive({ root, serving, reading });
  const keeping = createHoldsKeeping({
    held: record.memory.held,
    remember: async (held) => {
      status.held = held.servers;
      await record.update({ held });
    },
    now: () => new Date(),
    log,
  });
  status.held = record.memory.held?.servers ?? [];
  const audit = createAudit({ root, live, keeping, tombstones, isOff: options.isAuditOff });
  const drift = createDriftBook(status, log);
  const runtime = createRuntimeApply({
    ...{ root, worker, serving, tombstones, sweeper, reading, live, keeping, audit },
    onFound: drift.note,
  });
  const lastGood = createLastGood({ releases, record });
  const reload = createReload({
    releases,
    record,
    lastGood,
    haproxy,
    health: createHealth({
      ...{ masterSocket, stateFile, reading, log },
      holds: () => keeping.holds,
      hurry: stop.hurry,
    }),
    holds: createCarriedHolds({ worker, live, keeping, log }),
    reading,
    onLive: (etag) => runtime.live(etag, true),
    log,
  });
  const ways = { record, haproxy, runtime, lastGood, log };
  const applier = createApplier({ ...ways, releases, reload, check });
  const around = { status, drift, mutex, rateLimit, signal: stop.drain };
  const auditor = createAuditor({ ...ways, ...around, applier });
  return { applier, auditor };
}
