import assert from 'node:assert/strict';
import { mkdir, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { createLog } from '../../functions/wire/log.ts';
import { createDelivery } from '../../reloader/delivery.ts';
import type { Release } from '../../reloader/disk/release.ts';
import { openStateFolder } from '../../reloader/disk/state-folder.ts';
import { check } from '../../reloader/haproxy/check.ts';
import { createNeighbourHaproxy } from '../../reloader/haproxy/haproxy.ts';
import { createMaster } from '../../reloader/haproxy/master.ts';
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

test('a plan is not carried out when a release that was interrupted has been completed since', async (t) => {
  const [one, two] = [await startBackend(t, 'one'), await startBackend(t, 'two')];
  const port = await freePort();
  const stateDir = await folder();
  const configOf = (serverPort: number) => balancing(port, [`s1 127.0.0.1:${serverPort}`]);
  const socket = join(stateDir, 'master.sock');
  const state = await openStateFolder(stateDir);
  t.after(() => state.close());
  const { releases } = state;
  const haproxy = createNeighbourHaproxy(createMaster(socket));
  const interrupted = bundleOf(configOf(two.port));
  // The check of a change at runtime comes before the last note of it, which then cannot be written.
  const inTheWay = join(stateDir, 'state.json.tmp');
  const never = new AbortController().signal;
  const { applier } = createDelivery({
    folder: state,
    haproxy,
    masterSocket: socket,
    workerSocket: undefined,
    async check(release) {
      if (release.etag === interrupted.etag) await mkdir(inTheWay);
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
  await applier.commit(await prepare(bundleOf(configOf(one.port))));
  await startHaproxy(t, { config: releases.config, socket });
  const half = await prepare(interrupted);
  assert.equal(half.plan.kind, 'runtime');
  await assert.rejects(applier.commit(half), { code: 'ERR_FS_EISDIR' });
  await rmdir(inTheWay);

  const next = await prepare(bundleOf(`${configOf(one.port)}# a comment\n`));
  assert.equal(next.plan.kind, 'nothing');
  await applier.converge();
  assert.equal(state.record.memory.lastGood, interrupted.etag);
  assert.equal((await get(port)).text, 'two');
  await applier.commit(next);
  assert.equal((await get(port)).text, 'one');
});
