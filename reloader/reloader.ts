import { join } from 'node:path';
import type { Log } from '../functions/wire/log.ts';
import { startSchedule } from '../functions/wire/schedule.ts';
import type { Auditor } from './auditor.ts';
import { createDelivery } from './delivery.ts';
import { createOperatorCommands } from './operator-commands.ts';
import type { Release } from './disk/release.ts';
import type { StateFolder } from './disk/state-folder.ts';
import { createEvidence, type Evidence } from './evidence/evidence.ts';
import { createEvidenceStream } from './evidence/stream.ts';
import type { Teller } from './evidence/teller.ts';
import { createGuard } from './guard.ts';
import type { Checked } from './haproxy/check.ts';
import { createKeptHaproxy, type KeptHaproxy } from './haproxy/kept-haproxy.ts';
import { createReconciler, type Reconciler } from './reconciler.ts';
import { createMonitor, type Monitor } from './monitor.ts';
import { createLoop, type Loop } from './loop.ts';
import { createMutex } from './mutex.ts';
import type { Poller } from './poll.ts';
import { createRateLimit } from './rate-limit.ts';
import { printable } from './report.ts';
import { serve } from './server.ts';
import type { Given, Settings } from './settings.ts';
import { createStatus, type Status } from './status.ts';
import { type Stop, wasCut } from './stop.ts';

/** What it takes to run, once or for long. */
export interface Ground {
  readonly settings: Settings;
  readonly env: Readonly<{ [variable: string]: string | undefined }>;
  readonly stateDir: string;
  readonly workerSocket: string | undefined;
  readonly folder: StateFolder;
  readonly poller: Poller;
  readonly check: (release: Release) => Promise<Checked>;
  /** This proxy's name for the renderer's status page. */
  readonly name: string;
  readonly log: Log;
  readonly stop: Stop;
}

const masterSocketOf = ({ settings, stateDir }: Ground) =>
  settings.masterSocket ?? join(stateDir, 'master.sock');

function keptHaproxy(ground: Ground, onDeath: () => void): KeptHaproxy {
  const { settings, folder, env, log, stop } = ground;
  const child = {
    haproxy: settings.haproxy as Given<'haproxy'>,
    config: folder.releases.config,
    env,
    maxOldWorkers: settings.maxOldWorkers ?? 0,
    onDeath,
  };
  return createKeptHaproxy({
    socket: masterSocketOf(ground),
    ...(settings.masterSocket === undefined ? { child } : {}),
    log,
    hurry: stop.hurry,
  });
}

interface Kept {
  readonly haproxy: KeptHaproxy['haproxy'];
  /** Looks at it. */
  readonly see: Evidence['look'];
  readonly adopt: KeptHaproxy['adopt'];
  readonly status: Status;
  /** Called when something is due before its time. */
  readonly wake: () => void;
}

function reconcilerOf(ground: Ground, { haproxy, see, adopt, status, wake }: Kept) {
  const { settings, folder, workerSocket, check, log, stop } = ground;
  const signal = stop.drain;
  const masterSocket = masterSocketOf(ground);
  const { releases, record } = folder;
  const mutex = createMutex();
  const rateLimit = createRateLimit({
    minReloadIntervalMs: settings.minReloadInterval ?? 0,
    splayMs: settings.splay ?? 0,
    now: () => performance.now(),
    random: Math.random,
  });
  const isAuditOff = settings.auditSchedule === 'off';
  const shared = { haproxy, status, mutex, rateLimit, log, signal };
  const delivery = { folder, masterSocket, workerSocket, check, isAuditOff, stop };
  const { applier, auditor } = createDelivery({ ...shared, ...delivery });
  const reconciler = createReconciler({
    ...shared,
    see,
    releases,
    record,
    applier,
    wake,
    adopt,
  });
  return { reconciler, auditor };
}

/** Audits on the schedule of AUDIT_SCHEDULE, where there is one. */
function scheduleAudits({ settings, log, stop }: Ground, { audit }: Auditor): void {
  const { auditSchedule: expression = 'off' } = settings;
  const jobs = expression === 'off' ? [] : [{ name: 'audit', expression, run: audit }];
  startSchedule(jobs, { log, signal: stop.drain });
}

interface Looping {
  readonly reconciler: Reconciler;
  readonly teller: Teller;
  readonly monitor: Monitor;
  readonly status: Status;
}

function loopOf(ground: Ground, { reconciler, teller, monitor, status }: Looping): Loop {
  const { settings, folder, poller, name, log, stop } = ground;
  const { record } = folder;
  return createLoop({
    poller,
    reconciler,
    record,
    teller,
    look: monitor.look,
    status,
    log,
    name,
    guard: createGuard(record.memory.asOf, () => performance.now()),
    waitMs: settings.wait ?? 0,
    reconcileMs: settings.reconcile ?? 0,
    signal: stop.drain,
  });
}

function streamOf({ settings, name, log }: Ground, wake: () => void) {
  return createEvidenceStream({
    ...settings,
    renderer: settings.renderer as Given<'renderer'>,
    query: settings.params ?? {},
    name: printable(name),
    onLost: wake,
    log,
  });
}

function evidenceOf(ground: Ground, { haproxy }: KeptHaproxy, wake: () => void): Promise<Evidence> {
  const { stateDir, workerSocket, folder, log, stop } = ground;
  return createEvidence({
    haproxy,
    masterSocket: masterSocketOf(ground),
    workerSocket,
    revision: () => folder.record.memory.revision,
    lastGood: () => folder.record.memory.lastGood,
    stream: streamOf(ground, wake),
    noteFile: join(stateDir, 'watched.json'),
    log,
    hurry: stop.hurry,
  });
}

async function listen({ settings }: Ground, status: Status) {
  const { listen: address = 'off', allowedHosts = [] } = settings;
  if (address === 'off') return { address: undefined, close: () => undefined };
  const { server, address: bound } = await serve(status, { ...address, allowedHosts });
  const close = () => {
    server.close();
    server.closeAllConnections();
  };
  return { address: bound, close };
}

interface Keeping {
  readonly reconciler: Reconciler;
  readonly auditor: Auditor;
  readonly monitor: Monitor;
  readonly loop: Loop;
}

/** Until it is asked to stop. */
async function keep(ground: Ground, { reconciler, auditor, monitor, loop }: Keeping) {
  const { log, stop } = ground;
  try {
    await reconciler.start();
    await auditor.audit();
    scheduleAudits(ground, auditor);
    await Promise.all([monitor.watch(stop.drain), loop.run()]);
  } catch (error) {
    if (!wasCut(error)) throw error;
    log.warn('interrupted; the next start continues');
  }
}

/**
 * Keeps HAProxy on what the renderer says, until it is asked to stop; then lets HAProxy drain.
 *
 * @throws what keeps it from starting; a HAProxy that runs goes on
 */
export async function runReloader(ground: Ground): Promise<void> {
  const { settings, stateDir, log, stop } = ground;
  const onDeath = () => {
    void monitor.look();
    if (!stop.drain.aborted) void evidence.died().then(() => loop.wake());
  };
  const kept = keptHaproxy(ground, onDeath);
  const wake = () => loop.wake();
  const evidence = await evidenceOf(ground, kept, wake);
  const { haproxy, teller, look: see } = evidence;
  const status = createStatus(haproxy.kind);
  const adopt = () => kept.adopt().then(evidence.found);
  const { reconciler, auditor } = reconcilerOf(ground, { haproxy, see, adopt, status, wake });
  const monitor = createMonitor({ reconciler, auditor, tell: teller.flush, log });
  const loop = loopOf(ground, { reconciler, teller, monitor, status });
  ground.folder.lock.answer(createOperatorCommands({ status, auditor, log }));
  process.on('SIGHUP', () => {
    loop.reconcile();
    void auditor.audit();
  });
  const port = await listen(ground, status);
  const renderer = settings.renderer?.origin;
  log.info('reloader started', { renderer, stateDir, listen: port.address });
  try {
    await keep(ground, { reconciler, auditor, monitor, loop });
    teller.close();
    status.draining = true;
    log.info('draining', { seconds: (settings.drain ?? 0) / 1000 });
    await haproxy.stop(settings.drain ?? 0, stop.hurry);
    await evidence.end();
  } finally {
    // A port that is still served would keep a process that has failed, and its container in health.
    port.close();
  }
}
