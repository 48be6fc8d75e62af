import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { Agent, createServer, request } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { connect as connectTls } from 'node:tls';
import { createMaster } from '../../reloader/haproxy/master.ts';
import { findProcesses } from '../../reloader/haproxy/own-processes.ts';
import { probe } from '../../reloader/haproxy/probe.ts';
import { folder } from '../kit/folder.ts';
import { HAPROXY, killHaproxy } from '../kit/haproxy.ts';
import { freePort } from '../kit/port.ts';
import { startReloader } from '../kit/reloader.ts';
import { startRenderer } from '../kit/renderer.ts';
import { get } from '../kit/request.ts';
import { until } from '../kit/until.ts';
import { createRandom, type Random } from '../runtime/random.ts';
import { createDayWorld, type Day, shuffleDay } from './day-world.ts';

/** A day is 1,000 services created, 1,000 deleted, 10,000 pods replaced, 500 certificates renewed, 200 lists edited. */
const SCALE = Number(process.env.SCALE ?? 0.05);
/** What happens together is one bundle: so many happenings at most. */
const BURST = Number(process.env.BURST ?? 6);
const DAY: Day = {
  created: 1_000 * SCALE,
  deleted: 1_000 * SCALE,
  replaced: 10_000 * SCALE,
  renewed: 500 * SCALE,
  edited: 200 * SCALE,
};
const WEBSOCKETS = 30;
/** Fewer where each may keep a worker of an earlier configuration. */
const WEBSOCKETS_OVER_RELOADS = 5;
/** Between the requests of one client. */
const PAUSE_MS = 5;
/** Allocators keep some of what was freed, and rounds to pages. */
const MEMORY = 1.1;

/** Pods of a test: they answer requests, and echo on connections that are upgraded. */
async function startPods(t: TestContext): Promise<readonly number[]> {
  const ports: number[] = [];
  for (let i = 0; i < 8; i += 1) {
    const server = createServer({ keepAliveTimeout: 600_000 }, (_, response) => response.end('ok'));
    server.on('upgrade', (_, socket) => {
      socket.on('error', () => socket.destroy());
      socket.write('HTTP/1.1 101 Switching\r\nUpgrade: echo\r\nConnection: Upgrade\r\n\r\n');
      socket.pipe(socket);
    });
    await new Promise<void>((done) => void server.listen(0, '127.0.0.1', done));
    t.after(() => {
      server.close();
      server.closeAllConnections();
    });
    ports.push((server.address() as AddressInfo).port);
  }
  return ports;
}

/** Asks for services of a changing set without a pause, some over connections that are kept. */
function startLoad(t: TestContext, port: number, random: Random) {
  const failures: string[] = [];
  let hosts: readonly string[] = [];
  let answered = 0;
  let isRunning = true;
  const ask = (agent: Agent, host: string) =>
    new Promise<void>((done) => {
      const fail = (why: string) => {
        failures.push(`${host}: ${why}`);
        done();
      };
      const options = { host: '127.0.0.1', port, agent, headers: { host: `${host}.test` } };
      const sent = request(options, (response) => {
        response.resume().on('error', (error) => fail(error.message));
        response.on('end', () => {
          if (response.statusCode !== 200) return fail(`status ${response.statusCode}`);
          answered += 1;
          done();
        });
      });
      sent.on('error', (error) => fail(error.message)).end();
    });
  const agents = [new Agent({ keepAlive: true, maxSockets: 6 }), new Agent({ maxSockets: 2 })];
  const loops = agents.flatMap((agent) =>
    Array.from({ length: agent.maxSockets }, async () => {
      while (isRunning && hosts.length === 0) await new Promise((next) => setImmediate(next));
      while (isRunning) {
        await ask(agent, random.pick(hosts));
        await delay(PAUSE_MS);
      }
    }),
  );
  const stop = async () => {
    isRunning = false;
    await Promise.all(loops);
    for (const agent of agents) agent.destroy();
  };
  t.after(stop);
  return {
    failures,
    answered: () => answered,
    /** From now on these are asked for; what was sent is not taken back. */
    to: (names: readonly string[]) => {
      hosts = names;
    },
    stop,
  };
}

async function openWebsocket(t: TestContext, port: number, host: string): Promise<Socket> {
  const socket = connect({ host: '127.0.0.1', port });
  t.after(() => socket.destroy());
  socket.write(
    `GET /ws HTTP/1.1\r\nHost: ${host}.test\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n`,
  );
  const [answer] = (await once(socket, 'data')) as [Buffer];
  assert.match(answer.toString(), /^HTTP\/1.1 101/);
  return socket;
}

/** Whether what is sent comes back. */
async function echoes(socket: Socket): Promise<boolean> {
  if (socket.destroyed) return false;
  const came = once(socket, 'data', { signal: AbortSignal.timeout(5_000) });
  socket.write('hello');
  return came.then(
    ([data]) => String(data) === 'hello',
    () => false,
  );
}

function namesServed(port: number, servername: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = { port, host: '127.0.0.1', servername, rejectUnauthorized: false };
    const socket = connectTls(options, () => {
      resolve(socket.getPeerCertificate().subjectaltname ?? '');
      socket.destroy();
    });
    socket.on('error', reject);
  });
}

const resident = (pid: number) =>
  Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;

test(`a day of a fleet, ${SCALE} of it, under load: no request is lost, and services come and go without a reload on 3.4`, async (t) => {
  const { addsBackends } = (await probe(HAPROXY)) ?? assert.fail('HAProxy does not start');
  const random = createRandom(Number(process.env.SEED ?? 1));
  const [port, tlsPort, ports] = [await freePort(), await freePort(), await startPods(t)];
  const [renderer, stateDir] = [await startRenderer(t), await folder()];
  const root = join(stateDir, 'current');
  const world = await createDayWorld({ random, ports, port, tlsPort, root });
  const reloader = await startReloader(t, { stateDir, renderer: renderer.url });
  const master = createMaster(reloader.socket);
  const load = startLoad(t, port, createRandom(2));
  const apply = async () => {
    const bundle = world.bundle();
    renderer.serve(bundle);
    return reloader.isLive(bundle.etag);
  };
  const before = (await apply()).counts.reloads;
  load.to(world.names());
  const steady = world.names().filter((name) => name.startsWith('steady'));
  const sockets: Socket[] = [];
  const most = addsBackends ? WEBSOCKETS : WEBSOCKETS_OVER_RELOADS;
  for (let i = 0; i < most; i += 1)
    sockets.push(await openWebsocket(t, port, steady[i % steady.length] ?? ''));

  const happenings = [...shuffleDay(DAY, random)];
  const visits: Socket[] = [];
  let needReload = 0;
  let bundles = 0;
  while (happenings.length > 0) {
    const names = world.names();
    for (const what of happenings.splice(0, 1 + random.below(BURST))) await world.happen(what);
    const next = world.names();
    if (next.join() !== names.join()) needReload += 1;
    bundles += 1;
    // Nobody asks any more for what goes; who was there stays for a while.
    load.to(names.filter((name) => next.includes(name)));
    await apply();
    load.to(next);
    if (random.chance(0.3)) visits.push(await openWebsocket(t, port, random.pick(next)));
    if (visits.length > most) visits.shift()?.destroy();
  }
  await load.stop();
  const { counts } = await reloader.status();
  const reloads = counts.reloads - before;
  const alive = await Promise.all(sockets.map(echoes));
  t.diagnostic(JSON.stringify({ bundles, needReload, reloads, answered: load.answered(), counts }));
  assert.deepEqual(load.failures, []);
  const told = reloader
    .log()
    .split('\n')
    .filter((line) => line.includes('"reload"'));
  assert.equal(reloads, addsBackends ? 0 : needReload, told.join('\n'));
  if (addsBackends) assert.ok(alive.every(Boolean), 'long connections go on');

  for (const socket of [...sockets, ...visits]) socket.destroy();
  await until('what left is deleted', async () => (await reloader.status()).haproxy.waiting === 0);
  const shown = (await master.worker.ask('show backend')).trim().split('\n').slice(1);
  assert.deepEqual(shown.sort(), [...world.names(), 'nobody'].sort());
  for (const name of world.names()) {
    assert.equal((await get(port, '/', { host: `${name}.test` })).status, 200, name);
    assert.match(await namesServed(tlsPort, `${name}.test`), new RegExp(`${name}\\.test`));
  }
  if (!addsBackends) return;

  const worker = async () => (await master.processes())?.workers[0] ?? 0;
  const old = await worker();
  const after = resident(old);
  await killHaproxy(reloader.socket);
  await until('another worker runs the same', async () => {
    const now = await worker();
    return now !== 0 && now !== old && (await master.liveHash()) === world.bundle().etag;
  });
  const fresh = startLoad(t, port, createRandom(3));
  fresh.to(world.names());
  await until('it has served as many at once', () => fresh.answered() > 2_000);
  await fresh.stop();
  for (const name of world.names()) await namesServed(tlsPort, `${name}.test`);
  const anew = resident(await worker());
  const pids = await findProcesses(reloader.socket);
  t.diagnostic(
    `${after} MiB after the day, ${anew} MiB of a fresh start, ${pids.length} processes`,
  );
  assert.ok(after <= anew * MEMORY, `${after} MiB, where a fresh start has ${anew}`);
});
