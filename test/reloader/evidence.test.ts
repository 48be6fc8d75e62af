import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type Evidence, parseEvidence, revisionMark } from '../../functions/wire/evidence.ts';
import {
  type CounterSource,
  createCounterSource,
  type Wish,
} from '../../reloader/evidence/counter-source.ts';
import { createEnds } from '../../reloader/evidence/ends.ts';
import { createGatherer } from '../../reloader/evidence/gatherer.ts';
import { createMaster } from '../../reloader/haproxy/master.ts';
import { createReadBudget } from '../../reloader/evidence/read-budget.ts';
import { startBackend } from '../kit/backend.ts';
import { folder } from '../kit/folder.ts';
import { killHaproxy, startHaproxy } from '../kit/haproxy.ts';
import { freePort } from '../kit/port.ts';
import { get } from '../kit/request.ts';
import { until } from '../kit/until.ts';

const [FIRST, SECOND] = ['a', 'b'].map((digit) => `sha256:${digit.repeat(64)}`) as [string, string];
const HASH = `sha256:${'0'.repeat(64)}`;

/** How many answers a `show stat` of frontends counts. */
function answersIn(csv: string): number {
  const [head = '', ...rows] = csv.replace(/^# /, '').trim().split('\n');
  const isOfAnswers = head.split(',').map((name) => name.startsWith('hrsp_'));
  const cells = rows.flatMap((row) => row.split(',').filter((_, i) => isOfAnswers[i]));
  return cells.reduce((sum, cell) => sum + Number(cell), 0);
}

/** Paths: /bad is answered 503, /dead reaches no server, all else a good one. One of three servers is down. */
const configOf = (port: number, good: number, closed: number) => `global
  set-var proc.cfg_hash str(${HASH})
defaults
  mode http
  timeout connect 1s
  timeout client 5s
  timeout server 5s
  retries 0
frontend web
  bind 127.0.0.1:${port}
  http-request return status 503 if { path /bad }
  use_backend dead if { path /dead }
  default_backend app
backend app
  server s1 127.0.0.1:${good}
  server s2 127.0.0.1:${closed} check inter 20ms fall 1
  server s3 127.0.0.1:${closed} disabled
backend dead
  server s1 127.0.0.1:${closed}
`;

async function startGathering(t: TestContext) {
  const backend = await startBackend(t, 'good');
  const [port, closed] = [await freePort(), await freePort()];
  const at = await folder();
  const [config, socket] = [join(at, 'haproxy.cfg'), join(at, 'master.sock')];
  await writeFile(config, configOf(port, backend.port, closed));
  const { master } = await startHaproxy(t, { config, socket });
  await until('it serves, and has found who is down', async () => {
    const { text } = await get(port);
    return text === 'good' && / s2 \S+ 0 /.test(await master.worker.ask('show servers state app'));
  });
  await master.worker.ask('clear counters all');
  const clock = { ms: 0, random: 0, revision: FIRST as string | undefined };
  const counted = { reads: 0, wish: undefined as Wish | undefined };
  const real = createCounterSource({ masterSocket: socket });
  let lateness: Promise<void> | undefined;
  const source: Pick<CounterSource, 'read'> = {
    async read(wish) {
      counted.reads += 1;
      counted.wish = wish;
      const late = lateness;
      lateness = undefined;
      const reading = await real.read(wish);
      await late;
      return reading;
    },
  };
  const ends = createEnds({
    wasReloaded: async () => ((await master.processes())?.reloads ?? 0) > 0,
    onChange: () => undefined,
  });
  const gatherer = createGatherer({
    source,
    budget: createReadBudget(),
    ends,
    revision: () => clock.revision,
    now: () => clock.ms,
    random: () => clock.random,
  });
  const tell = async (): Promise<Evidence | undefined> => {
    const text = await gatherer.tell();
    return text === undefined ? undefined : (parseEvidence(text) ?? assert.fail(text));
  };
  return {
    port,
    socket,
    config,
    master,
    gatherer,
    ends,
    clock,
    counted,
    tell,
    /** HAProxy counts an answer a moment after its client has it. */
    ask: async (...paths: readonly string[]) => {
      const counts = async () => answersIn(await master.worker.ask('show stat -1 1 -1'));
      const before = await counts();
      for (const path of paths) await get(port, path);
      await until('all are counted', async () => (await counts()) === before + paths.length);
    },
    /** Begins, and leaves what it did before behind. */
    begin: async () => {
      await gatherer.want(10);
      return tell();
    },
    windowLater: () => {
      clock.ms += 10_000;
      return tell();
    },
    /** The next answer of HAProxy is handed on only when the function is called that this gives. */
    delayNextRead: () => {
      let handOn = (): void => undefined;
      lateness = new Promise((resolve) => {
        handOn = resolve;
      });
      return handOn;
    },
    /** Another worker, by a reload. */
    reload: async () => {
      const reloaded = await master.reload(HASH, { deadlineMs: 20_000 });
      assert.equal(reloaded.kind, 'live');
    },
  };
}

test('what is told of a window is what HAProxy counted in it, under the revision that it ran', async (t) => {
  const { begin, ask, windowLater } = await startGathering(t);
  await begin();
  await ask('/', '/', '/bad', '/dead');
  assert.deepEqual(await windowLater(), {
    revision: revisionMark(FIRST),
    seconds: 10,
    answers: 4,
    failures: 2,
    backends: { seconds: 10, requests: 3, connectErrors: 1, responseErrors: 0, queued: 0 },
    servers: { up: 2, all: 3 },
    deaths: 0,
    outOfMemory: 0,
  });
  await ask('/');
  const next = await windowLater();
  assert.deepEqual([next?.answers, next?.failures, next?.backends?.requests], [1, 0, 1]);
});

test('first it tells what HAProxy did in its life before', async (t) => {
  const { begin, ask, tell } = await startGathering(t);
  await ask('/bad', '/', '/');
  const life = await begin();
  assert.deepEqual([life?.revision, life?.answers, life?.failures], [revisionMark(FIRST), 3, 1]);
  assert.equal(await tell(), undefined, 'the window has not ended');
});

test('servers are counted by their checks, in whatever part they take, without those in maintenance', async (t) => {
  const backend = await startBackend(t, 'good');
  const [port, closed] = [await freePort(), await freePort()];
  const at = await folder();
  const [config, socket] = [join(at, 'haproxy.cfg'), join(at, 'master.sock')];
  const servers = [
    `up 127.0.0.1:${backend.port} check inter 20ms`,
    `unchecked 127.0.0.1:${closed}`,
    `down 127.0.0.1:${closed} check inter 20ms fall 1`,
    `backup-up 127.0.0.1:${backend.port} check inter 20ms backup`,
    `backup-down 127.0.0.1:${closed} check inter 20ms fall 1 backup`,
    `weightless 127.0.0.1:${backend.port} check inter 20ms weight 0`,
    `drained 127.0.0.1:${backend.port} check inter 20ms`,
    `taken-out 127.0.0.1:${backend.port} check inter 20ms`,
    `disabled 127.0.0.1:${backend.port} disabled`,
  ];
  const lines = servers.map((server) => `  server ${server}\n`).join('');
  await writeFile(config, `${configOf(port, backend.port, closed)}backend parts\n${lines}`);
  const { master } = await startHaproxy(t, { config, socket });
  await until('it runs', async () => (await master.liveHash()) === HASH);
  await master.worker.ask('set server parts/drained state drain');
  await master.worker.ask('set server parts/taken-out state maint');
  const source = createCounterSource({ masterSocket: socket });
  const read = async () =>
    (await source.read({ info: true, backends: true, servers: true }))?.counters;
  // Of `app`: up, down, disabled. Of `dead`: up. Of `parts`: five are up, two down, two in maintenance.
  await until('checks have found all that are down', async () => (await read())?.servers?.up === 7);
  const counted = await read();
  assert.deepEqual(counted?.servers, { up: 7, all: 10 });
  assert.deepEqual(counted?.backends, {
    requests: 0,
    connectErrors: 0,
    responseErrors: 0,
    queued: 0,
  });
});

test('nothing is read while nobody asks for it, nor more often than asked for', async (t) => {
  const { gatherer, clock, counted, tell, begin } = await startGathering(t);
  await gatherer.want(undefined);
  for (let poll = 0; poll < 5; poll++) {
    clock.ms += 60_000;
    assert.equal(await tell(), undefined);
    await gatherer.beforeReload();
  }
  assert.equal(counted.reads, 0);
  await begin();
  for (let poll = 0; poll < 9; poll++) {
    clock.ms += 1000;
    assert.equal(await tell(), undefined);
  }
  assert.equal(counted.reads, 1);
  assert.equal(gatherer.endsInMs(), 1000);
  await gatherer.want(undefined);
  clock.ms += 60_000;
  assert.equal(await tell(), undefined);
  assert.equal(gatherer.endsInMs(), undefined);
});

test('the first window of one that is asked is up to twice as long, lest all end at once; not that of another revision', async (t) => {
  const { gatherer, clock, begin, tell, windowLater } = await startGathering(t);
  clock.random = 0.7;
  await begin();
  assert.equal(gatherer.endsInMs(), 17_000);
  assert.equal(await windowLater(), undefined);
  clock.ms += 7_000;
  assert.equal((await tell())?.seconds, 17);
  assert.equal(gatherer.endsInMs(), 10_000);
  clock.revision = SECOND;
  await tell();
  assert.equal(gatherer.endsInMs(), 10_000);
});

test('a reload in a window loses nothing of it, and is no death', async (t) => {
  const { begin, ask, windowLater, reload, gatherer } = await startGathering(t);
  await begin();
  await ask('/', '/bad');
  await gatherer.beforeReload();
  await reload();
  await ask('/', '/', '/bad');
  const told = await windowLater();
  assert.deepEqual([told?.answers, told?.failures, told?.deaths], [5, 2, 0]);
});

test('a reload while a window ends counts nothing twice', async (t) => {
  const { begin, ask, windowLater, gatherer, delayNextRead } = await startGathering(t);
  await begin();
  await ask('/bad', '/bad');
  const handOn = delayNextRead();
  const told = windowLater();
  await ask('/bad');
  const ready = gatherer.beforeReload();
  await Promise.race([ready, ask('/bad')]);
  handOn();
  await ready;
  const failures = [(await told)?.failures ?? 0, (await windowLater())?.failures ?? 0];
  assert.ok(failures.reduce((sum, count) => sum + count) <= 4, String(failures));
});

test('a reload is not kept from coming when evidence is no longer asked for', async (t) => {
  const { begin, gatherer, delayNextRead } = await startGathering(t);
  await begin();
  const handOn = delayNextRead();
  const ready = gatherer.beforeReload();
  const wanted = gatherer.want(undefined);
  handOn();
  await Promise.all([ready, wanted]);
  assert.equal(gatherer.endsInMs(), undefined);
});

test('nor does a reload that somebody else has done count as one', async (t) => {
  const { begin, ask, windowLater, reload } = await startGathering(t);
  await begin();
  await reload();
  await ask('/', '/');
  const told = await windowLater();
  assert.deepEqual([told?.answers, told?.deaths], [2, 0]);
});

test('counters that somebody cleared begin at zero', async (t) => {
  const { begin, ask, windowLater, master } = await startGathering(t);
  await ask('/', '/', '/');
  await begin();
  await master.worker.ask('clear counters all');
  await ask('/bad');
  const told = await windowLater();
  assert.deepEqual([told?.answers, told?.failures], [1, 1]);
});

test('a window that saw two revisions is not told', async (t) => {
  const { begin, ask, windowLater, clock, tell } = await startGathering(t);
  await begin();
  await ask('/bad');
  clock.revision = SECOND;
  assert.equal(await windowLater(), undefined);
  await ask('/');
  assert.deepEqual([(await windowLater())?.failures, await tell()], [0, undefined]);
  clock.revision = undefined;
  assert.equal(await windowLater(), undefined);
});

test('a neighbour that was started anew has died, and the revision that it ran is to blame until another runs', async (t) => {
  const { begin, windowLater, socket, port, config, clock, ask } = await startGathering(t);
  await begin();
  await killHaproxy(socket);
  assert.equal(await windowLater(), undefined, 'nobody is there to tell');
  await startHaproxy(t, { config, socket });
  await until('it serves', async () => (await get(port)).text === 'good');
  assert.equal((await windowLater())?.deaths, 1);
  await ask('/');
  assert.equal((await windowLater())?.deaths, 1);
  clock.revision = SECOND;
  await windowLater();
  assert.equal((await windowLater())?.deaths, 0);
});

test('a death is told at once, and once, before the window ends', async (t) => {
  const { begin, tell, ends, clock } = await startGathering(t);
  await begin();
  clock.ms += 1000;
  ends.died({ isOutOfMemory: true });
  const told = await tell();
  assert.deepEqual([told?.seconds, told?.deaths, told?.outOfMemory], [0, 1, 1]);
  assert.equal(await tell(), undefined);
});

test('whether a window has ended is decided once, by the look that reads its end', async (t) => {
  const { begin, gatherer, clock, counted, tell } = await startGathering(t);
  await begin();
  clock.ms += 9_999;
  assert.equal(gatherer.ending(), undefined);
  clock.ms += 1;
  assert.equal(gatherer.isDue(), false, 'nothing was read');
  const wish = gatherer.ending();
  assert.ok(wish);
  assert.equal(gatherer.isDue(), true);
  clock.ms += 500_000;
  assert.equal(gatherer.ending(), wish, 'not told yet');
  assert.ok(await tell());
  assert.equal(counted.wish, wish, 'whatever may be read by now');
  assert.deepEqual([gatherer.isDue(), gatherer.ending()], [false, undefined]);
});

test("where the worker's own socket is dead, the master's is asked", async (t) => {
  const { socket } = await startGathering(t);
  const workerSocket = join(await folder(), 'worker.sock');
  const source = createCounterSource({ masterSocket: socket, workerSocket });
  const reading = await source.read({ info: false, backends: false, servers: false });
  assert.ok(reading && reading.counters.backends === undefined);
  assert.equal(
    await createCounterSource({ masterSocket: workerSocket }).read({
      info: true,
      backends: true,
      servers: true,
    }),
    undefined,
  );
});

test('what is read along with a look is what is read otherwise, and is used once', async (t) => {
  const { socket, begin, ask } = await startGathering(t);
  await begin();
  await ask('/', '/bad');
  const { look } = createMaster(socket);
  const source = createCounterSource({ masterSocket: socket });
  let looks = 0;
  const counted: typeof look = (more) => {
    looks += 1;
    return look(more);
  };
  for (const info of [true, false])
    for (const isWide of [true, false]) {
      const wish = { info, backends: isWide, servers: isWide };
      const alone = await source.read(wish);
      const seen = await source.readAlong(wish, counted);
      assert.equal(seen?.processes?.workers.length, 1);
      const along = await source.read(wish);
      assert.ok(alone && along);
      const { failedAllocations, uptimeS, ...rest } = along.counters;
      const { failedAllocations: before, uptimeS: since, ...others } = alone.counters;
      assert.deepEqual(rest, others);
      assert.equal(failedAllocations, info ? before : undefined);
      assert.ok(uptimeS - since >= -2 && uptimeS - since <= 2);
      assert.equal((await source.read(wish))?.counters.failedAllocations, before, 'not again');
      await source.readAlong(wish, counted);
      const another = await source.read({ ...wish, backends: !isWide });
      assert.equal(another?.counters.backends !== undefined, !isWide, 'another one was wished');
    }
  assert.equal(looks, 8);
});
