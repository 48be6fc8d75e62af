import assert from 'node:assert/strict';
import { mkdir, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { createLog } from '../../functions/wire/log.ts';
import { createDelivery } from '../../reloader/delivery.ts';
import type { Release } from '../../reloader/disk/release.ts';
import { openStateFolder } from '../../reloader/disk/state-folder.ts';
import { check } from '../../reloader/haproxy/check.ts';
import { createNeighbourHaproxy } from '../../reloader/haproxy/haproxy.ts';
import { createMaster, type Master } from '../../reloader/haproxy/master.ts';
import { createMutex } from '../../reloader/mutex.ts';
import { createRateLimit } from '../../reloader/rate-limit.ts';
import { createStatus } from '../../reloader/status.ts';
import { startBackend } from '../kit/backend.ts';
import { balancing } from '../kit/configuration.ts';
import { folder } from '../kit/folder.ts';
import { HAPROXY, startHaproxy } from '../kit/haproxy.ts';
import { freePort } from '../kit/port.ts';
import { bundleOf } from '../kit/renderer.ts';
import { get } from '../kit/request.ts';

/** What applies releases to a neighbour HAProxy, without a loop around it. */
async function openApplier(
  t: TestContext,
  { beforeCheck = async () => undefined, version }: Surroundings = {},
) {
  const stateDir = await folder();
  const socket = join(stateDir, 'master.sock');
  const state = await openStateFolder(stateDir);
  t.after(() => state.close());
  const { releases } = state;
  const master = createMaster(socket);
  const told = version === undefined ? master : { ...master, version: () => version(master) };
  const never = new AbortController().signal;
  const { applier } = createDelivery({
    folder: state,
    haproxy: createNeighbourHaproxy(told),
    masterSocket: socket,
    workerSocket: undefined,
    async check(release) {
      await beforeCheck(release, stateDir);
      return check(release, { haproxy: HAPROXY, releases, env: process.env });
    },
    isAuditOff: true,
    status: createStatus('neighbour'),
    mutex: createMutex(),
    rateLimit: createRateLimit({
      minReloadIntervalMs: 0,
      splayMs: 0,
      now: () => performance.now(),
      random: () => 0,
    }),
    log: createLog({ component: 'delivery', write: () => undefined }),
    stop: { drain: never, hurry: never },
  });
  const prepare = async (release: Release) => {
    await releases.stage(release);
    const prepared = await applier.prepare(release);
    assert.ok(prepared.kind === 'prepared', JSON.stringify(prepared));
    return prepared;
  };
  const start = () => startHaproxy(t, { config: releases.config, socket });
  return { applier, prepare, start, stateDir, memory: () => state.record.memory };
}

interface Surroundings {
  readonly beforeCheck?: (release: Release, stateDir: string) => Promise<unknown>;
  /** Which version HAProxy is said to be of. */
  readonly version?: (master: Master) => string | undefined;
}

test('a plan is not carried out when a release that was interrupted has been completed since', async (t) => {
  const [one, two] = [await startBackend(t, 'one'), await startBackend(t, 'two')];
  const port = await freePort();
  const configOf = (serverPort: number) => balancing(port, [`s1 127.0.0.1:${serverPort}`]);
  const interrupted = bundleOf(configOf(two.port));
  // The check of a change at runtime comes before the last note of it, which then cannot be written.
  const inTheWay = (stateDir: string) => join(stateDir, 'state.json.tmp');
  const { applier, prepare, start, stateDir, memory } = await openApplier(t, {
    beforeCheck: async ({ etag }, dir) => etag === interrupted.etag && mkdir(inTheWay(dir)),
  });
  await applier.commit(await prepare(bundleOf(configOf(one.port))));
  await start();
  const half = await prepare(interrupted);
  assert.equal(half.plan.kind, 'runtime');
  await assert.rejects(applier.commit(half), { code: 'ERR_FS_EISDIR' });
  await rmdir(inTheWay(stateDir));

  const next = await prepare(bundleOf(`${configOf(one.port)}# a comment\n`));
  assert.equal(next.plan.kind, 'nothing');
  await applier.converge();
  assert.equal(memory().lastGood, interrupted.etag);
  assert.equal((await get(port)).text, 'two');
  await applier.commit(next);
  assert.equal((await get(port)).text, 'one');
});

test('a plan for a HAProxy of another version is not carried out, but its release is brought by a reload', async (t) => {
  const [one, two] = [await startBackend(t, 'one'), await startBackend(t, 'two')];
  const port = await freePort();
  const configOf = (serverPort: number) => balancing(port, [`s1 127.0.0.1:${serverPort}`]);
  let isReplaced = false;
  const { applier, prepare, start } = await openApplier(t, {
    version: (master) => (isReplaced ? '99.0' : master.version()),
  });
  await applier.commit(await prepare(bundleOf(configOf(one.port))));
  await start();
  const moved = await prepare(bundleOf(configOf(two.port)));
  assert.equal(moved.plan.kind, 'runtime');
  isReplaced = true;
  const applied = await applier.commit(moved);
  assert.ok(applied.kind === 'reloaded', JSON.stringify(applied));
  assert.equal(applied.reason, 'HAProxy is of another version by now');
  assert.equal((await get(port)).text, 'two');
});
