import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { createNeighbourHaproxy } from '../../reloader/haproxy/haproxy.ts';
import { createMaster } from '../../reloader/haproxy/master.ts';
import { folder } from '../kit/folder.ts';
import { killHaproxy, startHaproxy } from '../kit/haproxy.ts';
import { freePort } from '../kit/port.ts';
import { until } from '../kit/until.ts';

const hashOf = (digit: string) => `sha256:${digit.repeat(64)}`;
const [OLD, NEW] = [hashOf('a'), hashOf('b')];
const STEP_MS = 5_000;

/** A neighbour HAProxy, and a reload that is asked of it, in a time that passes with each pause alone. */
async function beside(t: TestContext) {
  const home = await folder();
  const [config, socket] = [join(home, 'haproxy.cfg'), join(home, 'master.sock')];
  const port = await freePort();
  const write = (hash: string) =>
    writeFile(
      config,
      `defaults\n  mode http\n  timeout connect 1s\n  timeout client 1s\n  timeout server 1s
frontend web\n  bind 127.0.0.1:${port}\nglobal\n  set-var proc.cfg_hash str(${hash})\n`,
    );
  let at = 0;
  /** @param pass what happens at a time */
  const bring = async (pass: (at: number) => Promise<void>) => {
    at = 0;
    const master = createMaster(socket, {
      now: () => at,
      async pause() {
        at += STEP_MS;
        await pass(at);
      },
    });
    const outcome = await createNeighbourHaproxy(master).bring(NEW);
    return { outcome, after: at };
  };
  const live = createMaster(socket);
  /** Waits, in real time, until a worker that is none of these tells a hash. */
  const tells = (hash: string, formerly: readonly number[] = []) =>
    until(`a worker tells ${hash}`, async () => {
      const { workers = [] } = (await live.processes()) ?? {};
      if (workers.length !== 1 || workers.some((pid) => formerly.includes(pid))) return undefined;
      return (await live.liveHash()) === hash ? workers : undefined;
    });
  const start = async (hash: string) => {
    await write(hash);
    await startHaproxy(t, { config, socket });
    return tells(hash);
  };
  const kill = () => killHaproxy(socket);
  return { bring, start, kill, tells };
}

test('a neighbour that vanishes in a reload is waited for a minute, and is gone then', async (t) => {
  const { bring, start, kill } = await beside(t);
  await start(OLD);
  const { outcome, after } = await bring(async (at) => {
    if (at === STEP_MS) await kill();
  });
  assert.ok(outcome.kind === 'failed' && outcome.isKilled, JSON.stringify(outcome));
  assert.match(outcome.reason, /did not start to run .* within \d+ ms \(it reports nothing\)/);
  assert.ok(after > 60_000 && after <= 60_000 + STEP_MS, String(after));
});

test('one that is there again within the minute has done the reload', async (t) => {
  const { bring, start, kill } = await beside(t);
  await start(OLD);
  const { outcome, after } = await bring(async (at) => {
    if (at === STEP_MS) await kill();
    if (at === 55_000) await start(NEW);
  });
  assert.equal(outcome.kind, 'live', JSON.stringify(outcome));
  assert.ok(after >= 55_000 && after <= 60_000, String(after));
});

test('one that is away before the reload is waited for as long', async (t) => {
  const { bring, start, tells } = await beside(t);
  const never = await bring(async () => undefined);
  assert.ok(never.outcome.kind === 'failed' && never.outcome.isKilled);
  assert.equal(never.outcome.reason, 'no master takes the reload');
  assert.ok(never.after > 60_000 && never.after <= 60_000 + STEP_MS, String(never.after));
  let first: readonly number[] = [];
  const late = await bring(async (at) => {
    if (at === 55_000) first = await start(NEW);
    if (at === 60_000) await tells(NEW, first);
  });
  assert.equal(late.outcome.kind, 'live', JSON.stringify(late));
});

test('one that is there all the while, and does not come to run the release, is not gone', async (t) => {
  const { bring, start, tells } = await beside(t);
  await start(OLD);
  const { outcome, after } = await bring(async () => void (await tells(OLD)));
  assert.ok(outcome.kind === 'failed' && outcome.isKilled !== true, JSON.stringify(outcome));
  assert.match(outcome.reason, /it reports sha256:a{64}\)/);
  assert.ok(after > 60_000, String(after));
});
