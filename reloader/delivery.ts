import type { Log } from '../functions/wire/log.ts';
import { type Applier, createApplier } from './apply.ts';
import { createLastGood } from './disk/last-good.ts';
import type { Release } from './disk/release.ts';
import type { StateFolder } from './disk/state-folder.ts';
import type { Checked } from './haproxy/check.ts';
import type { Haproxy } from './haproxy/haproxy.ts';
import { createHealth } from './health.ts';
import { createReload } from './reload.ts';
import { createSweeper } from './runtime/sweeper.ts';
import { createTombstones } from './runtime/tombstones.ts';
import { createWorker } from './runtime/worker.ts';
import { createRuntimeApply, type Work } from './runtime-apply.ts';
import { createServing } from './serving.ts';
import type { Stop } from './stop.ts';

export interface DeliveryOptions {
  readonly folder: StateFolder;
  readonly haproxy: Haproxy;
  readonly masterSocket: string;
  /** The worker's own socket, where this reloader has HAProxy open one. */
  readonly workerSocket: string | undefined;
  readonly check: (release: Release) => Promise<Checked>;
  readonly log: Log;
  readonly stop: Stop;
}

/** The ways by which a release gets into HAProxy: over the Runtime API and by a reload. */
export function createDelivery(options: DeliveryOptions): Applier<Work> {
  const { folder, haproxy, masterSocket, workerSocket, check, log, stop } = options;
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
  const runtime = createRuntimeApply({ root, worker, serving, tombstones, sweeper });
  const lastGood = createLastGood({ releases, record });
  const reload = createReload({
    releases,
    record,
    lastGood,
    haproxy,
    health: createHealth({ masterSocket, stateFile, log, hurry: stop.hurry }),
    onLive: (etag) => runtime.live(etag, true),
    log,
  });
  return createApplier({ releases, record, haproxy, runtime, reload, lastGood, check, log });
}
