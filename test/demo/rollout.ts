import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { freePort } from '../kit/port.ts';
import { PROGRAMS, type Processes } from '../kit/processes.ts';
import { get } from '../kit/request.ts';
import { until } from '../kit/until.ts';
import { type Load, startLoad } from './load.ts';
import { copyExample, type Manifests } from './manifests.ts';
import { print, step } from './print.ts';

const EXAMPLE = join(import.meta.dirname, '..', '..', '..', 'examples', 'basic');
const HOST = 'shop.example.com';
const PATHS = ['/', '/basket', '/checkout'];
const PROXIES = 6;
const POD_PORT = 8080;
/** Loopback's network has an address for each pod (on Linux without further ado), and for each demo at once. */
const podAddress = (n: number) => `127.84.${process.pid % 256}.${n}`;

/** Two windows of 10 s, and a little, so that the first step shows what is bad. */
const SOAK_S = 30;
const SOAK_MS = SOAK_S * 1000;
/** So many of the six run a candidate in each step. */
const RUNNING = [1, 3, 6];
/** The rule that is edited. */
const RULE = 'http-request set-header X-Forwarded-Proto http\n';
const GOOD = `${RULE}        http-response set-header X-Greeting good-day\n`;
const BAD = `${GOOD}        http-request return status 503 if { path /checkout }\n`;

interface Fleet {
  readonly manifests: Manifests;
  readonly ports: readonly number[];
  readonly loads: readonly Load[];
  /** What the command line is told, so that it finds the service. */
  readonly flags: readonly string[];
  readonly url: string;
}

/** `kubernetes-haproxy rollout VERB` as people call it, on the terminal of the demo; gives its exit code. */
async function rollout({ flags }: Fleet, words: readonly string[]): Promise<number> {
  print(`   kubernetes-haproxy rollout ${words.join(' ')}`);
  const args = [PROGRAMS.service, 'rollout', ...words, ...flags];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'inherit', 'inherit'] });
  const [code] = (await once(child, 'exit')) as [number | null];
  return code ?? 1;
}

async function startPods(processes: Processes, manifests: Manifests): Promise<void> {
  step('Two pods of a shop');
  for (const n of [1, 2]) {
    const pod = { name: `shop-${n}`, app: 'shop', address: podAddress(n) };
    const started = processes.start('pod', [pod.name, pod.address, String(POD_PORT)]);
    await started.prints(/(serving)/);
    await manifests.putPod(pod);
    print(`   ${pod.name} on ${pod.address}:${POD_PORT}`);
  }
}

/** One HAProxy and its reloader; gives the port on which it serves. */
async function startProxy(processes: Processes, { url, name, folder }: ProxyOptions) {
  const [port, statsPort] = [await freePort(), await freePort()];
  const env = { DEMO_PORT: String(port), DEMO_STATS_PORT: String(statsPort) };
  const args = [
    ...['--renderer', url, '--state-dir', join(folder, name), '--name', name],
    ...['--listen', '127.0.0.1:0', '--drain', '2', '--haproxy', process.env.HAPROXY || 'haproxy'],
  ];
  const reloader = processes.start('reloader', args, env);
  const own = await reloader.prints(/"listen":\{[^}]*"port":(\d+)/);
  await until(`${name} is ready`, async () => (await fetch(`http://127.0.0.1:${own}/readyz`)).ok);
  print(`   ${name}: curl -H 'Host: ${HOST}' 127.0.0.1:${port}/checkout`);
  return port;
}

interface ProxyOptions {
  readonly url: string;
  readonly name: string;
  readonly folder: string;
}

async function begin(processes: Processes, folder: string): Promise<Fleet> {
  const manifests = await copyExample(EXAMPLE, join(folder, 'manifests'));
  // HAProxy knows the variables of its environment: six share one configuration.
  await manifests.edit('config.yaml', 'bind :8000', 'bind "127.0.0.1:$DEMO_PORT"');
  await manifests.edit('config.yaml', 'bind :8404', 'bind "127.0.0.1:$DEMO_STATS_PORT"');
  await startPods(processes, manifests);
  step(`The render service, with --rollout-steps 1,50%,100% --rollout-soak ${SOAK_S}`);
  const listen = `127.0.0.1:${await freePort()}`;
  const flags = [
    ...['--from', manifests.folder, '--state-dir', join(folder, 'state'), '--listen', listen],
    ...['--rollout-steps', '1,50%,100%', '--rollout-soak', String(SOAK_S)],
  ];
  const service = processes.start('service', ['serve', ...flags]);
  const url = await service.prints(/"listens":"([^"]+)"/);
  print(`   reads ${manifests.folder}, keeps its revisions in ${join(folder, 'state')}`);
  step('Six HAProxy, each under its reloader, and clients that ask each of them for three paths');
  const ports: number[] = [];
  for (let n = 1; n <= PROXIES; n += 1)
    ports.push(await startProxy(processes, { url, name: `haproxy-${n}`, folder }));
  const loads = ports.map((port) =>
    startLoad({ port, host: HOST, keeping: 2, connecting: 0, paths: PATHS, pauseMs: 20 }),
  );
  return { manifests, ports, loads, flags, url };
}

/** What each HAProxy answers at the checkout: a status, and the header of the good revision. */
function answersOf({ ports }: Fleet): Promise<readonly string[]> {
  return Promise.all(
    ports.map(async (port) => {
      const { status, headers } = await get(port, '/checkout', { Host: HOST });
      const greeting = headers['x-greeting'];
      return greeting === undefined ? String(status) : `${status} ${greeting}`;
    }),
  );
}

async function show(fleet: Fleet): Promise<void> {
  print(`   /checkout of the six:  ${(await answersOf(fleet)).join(' | ')}`);
}

/** The step of the rollout, from 1 on; undefined where nothing is rolled out. */
async function stepOf({ url }: Fleet): Promise<number | undefined> {
  const status = (await (await fetch(`${url}/status`)).json()) as {
    rollout?: { candidate?: { step: number } };
  };
  return status.rollout?.candidate?.step;
}

/** How many proxies run the candidate, as people are told. */
async function runningOf({ flags }: Fleet): Promise<number | undefined> {
  const args = [PROGRAMS.service, 'rollout', 'status', '--output', 'json', ...flags];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const fleet = JSON.parse(await text(child.stdout)) as { rollout?: { running: number } };
  return fleet.rollout?.running;
}

/** The first step is watched in full; people who are in a hurry begin the others themselves. */
async function playGood(fleet: Fleet): Promise<boolean> {
  step('A good revision: a header for all answers (config.yaml is written)');
  await fleet.manifests.edit('config.yaml', RULE, GOOD);
  for (const n of [1, 2, 3]) {
    await until(`step ${n} begins`, async () => (await stepOf(fleet)) === n, 2 * SOAK_MS);
    await until('its proxies run it', async () => {
      const running = (await answersOf(fleet)).filter((answer) => answer === '200 good-day');
      return running.length === RUNNING[n - 1];
    });
    await show(fleet);
    await until(
      'the replica has told of it',
      async () => (await runningOf(fleet)) === RUNNING[n - 1],
    );
    await rollout(fleet, ['status']);
    if (n > 1) await rollout(fleet, ['restart']);
  }
  return (await rollout(fleet, ['status', '--watch'])) === 0;
}

const isBad = (answer: string): boolean => answer.startsWith('503');

async function playBad(fleet: Fleet): Promise<boolean> {
  step('A bad one, which HAProxy takes for valid: /checkout answers 503 (config.yaml is written)');
  const began = performance.now();
  await fleet.manifests.edit('config.yaml', GOOD, BAD);
  await until('one runs it', async () => (await answersOf(fleet)).some(isBad));
  await show(fleet);
  const code = await rollout(fleet, ['status', '--watch']);
  await until('all are back', async () => !(await answersOf(fleet)).some(isBad));
  const seconds = ((performance.now() - began) / 1000).toFixed(0);
  await show(fleet);
  print(`   ${seconds} s from the edit until all are back`);
  return code === 1;
}

/** A good revision that is rolled out in steps to six HAProxy, then a bad one, which halts in its first step. */
export async function playRollout(processes: Processes, folder: string): Promise<boolean> {
  const fleet = await begin(processes, folder);
  const isGood = await playGood(fleet);
  const before = fleet.loads.map((load) => load.tally().lost);
  const isHalted = await playBad(fleet);
  const tallies = await Promise.all(fleet.loads.map((load) => load.stop()));
  step('What clients saw');
  for (const [i, { sent, lost }] of tallies.entries())
    print(`   haproxy-${i + 1}: ${sent} requests, ${lost} without a good answer`);
  const hit = tallies.filter(({ lost }, i) => lost > (before[i] ?? 0)).length;
  print(`   the bad revision was seen by the clients of ${hit} of ${PROXIES}`);
  return isGood && isHalted && hit === 1;
}
