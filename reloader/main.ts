import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { createLog } from '../functions/wire/log.ts';
import { createApplier } from './apply.ts';
import { claim } from './disk/claim.ts';
import { createLastGood } from './disk/last-good.ts';
import { openRecord } from './disk/record.ts';
import { openReleases, type Release } from './disk/release.ts';
import { createStateFile } from './disk/state-file.ts';
import { dryRun } from './dry-run.ts';
import { createGuard } from './guard.ts';
import { check } from './haproxy/check.ts';
import { createChild } from './haproxy/child.ts';
import { createChildHaproxy, createNeighbourHaproxy } from './haproxy/haproxy.ts';
import { createMaster } from './haproxy/master.ts';
import { createHealth } from './health.ts';
import { createKeeper } from './keeper.ts';
import { createLoop } from './loop.ts';
import { once } from './once.ts';
import { createPace } from './pace.ts';
import { createPoller } from './poll.ts';
import { createReload } from './reload.ts';
import { createRuntimeApply } from './runtime-apply.ts';
import { serve } from './server.ts';
import { type Given, HELP, readSettings, type Settings } from './settings.ts';
import { createStatus } from './status.ts';
import { createTurns } from './turns.ts';

const LOOK_MS = 1_000;

async function main(settings: Settings): Promise<number> {
  const { env } = process;
  const log = createLog({ component: 'reloader', level: settings.logLevel ?? 'info' });
  const stateDir = settings.stateDir as Given<'stateDir'>;
  const name = settings.name ?? hostname();
  const [stop, hurry] = [new AbortController(), new AbortController()];
  const onStop = () => (stop.signal.aborted ? hurry : stop).abort();
  process.on('SIGTERM', onStop).on('SIGINT', onStop);

  const isChild = settings.masterSocket === undefined;
  const workerSocket = isChild && !settings.once ? join(stateDir, 'worker.sock') : undefined;
  const releases = await openReleases(stateDir, workerSocket);
  const claimed = await claim(join(stateDir, 'reloader.sock'));
  const stateFile = createStateFile(releases.stateFile);
  await stateFile.clear();
  const record = await openRecord(join(stateDir, 'state.json'));
  const haproxyBinary = settings.haproxy as Given<'haproxy'>;
  const checkRelease = (release: Release) =>
    check(release, { haproxy: haproxyBinary, releases, env });
  const poller = createPoller({
    ...settings,
    renderer: settings.renderer as Given<'renderer'>,
    query: {
      ssldir: join(releases.current, 'ssl'),
      filesdir: join(releases.current, 'files'),
      ...settings.params,
    },
  });

  if (settings.once) {
    const mayBeUnchecked = settings.masterSocket !== undefined;
    const options = { poller, releases, record, check: checkRelease, mayBeUnchecked, name, log };
    const done = await once({ ...options, signal: stop.signal });
    await poller.close();
    claimed.close();
    return done ? 0 : 1;
  }

  const socket = settings.masterSocket ?? join(stateDir, 'master.sock');
  const master = createMaster(socket, hurry.signal);
  const child = createChild({
    haproxy: haproxyBinary,
    config: releases.config,
    socket,
    env,
    log,
    onDeath: () => void look(),
  });
  const maxOldWorkers = settings.maxOldWorkers ?? 0;
  const haproxy = isChild
    ? createChildHaproxy({ child, master, maxOldWorkers, log })
    : createNeighbourHaproxy(master);
  const status = createStatus(haproxy.kind);
  const { retired } = record.memory;
  const runtime = createRuntimeApply({
    root: releases.current,
    masterSocket: socket,
    ...(workerSocket === undefined ? {} : { workerSocket }),
    ...(retired === undefined ? {} : { retired }),
    onRetire: (servers) => record.update({ retired: servers }),
    log,
    signal: stop.signal,
  });
  const lastGood = createLastGood({ releases, record });
  const reload = createReload({
    releases,
    record,
    lastGood,
    haproxy,
    health: createHealth({ masterSocket: socket, stateFile, log }),
    onLive: (etag) => runtime.live(etag, true),
    log,
  });
  const applier = createApplier({
    releases,
    record,
    haproxy,
    runtime,
    reload,
    lastGood,
    check: checkRelease,
    log,
  });
  const keeper = createKeeper({
    releases,
    record,
    haproxy,
    applier,
    status,
    turns: createTurns(),
    log,
    pace: createPace({
      minReloadIntervalMs: settings.minReloadInterval ?? 0,
      splayMs: settings.splay ?? 0,
      now: () => performance.now(),
      random: Math.random,
    }),
    signal: stop.signal,
    wake: () => loop.wake(),
    adopt: async () => isChild && child.adopt(),
  });
  const look = () =>
    keeper.look().catch((error: unknown) => log.error('looking after HAProxy failed', { error }));

  const loop = createLoop({
    poller,
    keeper,
    record,
    status,
    log,
    name,
    guard: createGuard(record.memory.asOf, () => performance.now()),
    waitMs: settings.wait ?? 0,
    reconcileMs: settings.reconcile ?? 0,
    signal: stop.signal,
  });
  process.on('SIGHUP', loop.reconcile);
  const { listen = 'off' } = settings;
  const served = listen === 'off' ? undefined : await serve(status, listen);
  log.info('the reloader is up', {
    renderer: settings.renderer?.origin,
    stateDir,
    listen: served?.address,
  });
  await keeper.start();
  const looking = (async () => {
    while (!stop.signal.aborted) {
      await delay(LOOK_MS, undefined, { signal: stop.signal }).catch(() => undefined);
      await look();
    }
  })();
  await loop.run();
  await looking;
  status.draining = true;
  log.info('draining', { seconds: (settings.drain ?? 0) / 1000 });
  await haproxy.stop(settings.drain ?? 0, hurry.signal);
  await poller.close();
  served?.server.close();
  served?.server.closeAllConnections();
  claimed.close();
  log.info('ended');
  return 0;
}

const parsed = readSettings({ env: process.env, argv: process.argv.slice(2) });
if (parsed.kind === 'help') process.stdout.write(HELP);
else if (parsed.kind === 'problems') {
  for (const problem of parsed.problems) process.stderr.write(`haproxy-reloader: ${problem}\n`);
  process.stderr.write('haproxy-reloader --help tells the settings\n');
  process.exitCode = 2;
} else {
  try {
    process.exitCode = parsed.values.plan
      ? await dryRun(parsed.values, parsed.words)
      : await main(parsed.values);
  } catch (error) {
    createLog({ component: 'reloader' }).error('the reloader failed', { error });
    process.exitCode = 1;
  }
}
