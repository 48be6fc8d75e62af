import { join } from 'node:path';
import { freePort } from '../kit/port.ts';
import type { Processes, Started } from '../kit/processes.ts';
import { get } from '../kit/request.ts';
import { until } from '../kit/until.ts';
import { type Load, startLoad } from './load.ts';
import { copyExample, type DemoPod, type Manifests } from './manifests.ts';
import { print, step } from './print.ts';

const EXAMPLE = join(import.meta.dirname, '..', '..', '..', 'examples', 'basic');
const POD_PORT = 8080;
/** Loopback's network has an address for each pod (on Linux without further ado), and for each demo at once. */
const podAddress = (n: number) => `127.83.${process.pid % 256}.${n}`;

/** Enough for each pod to answer one of them. */
const SHOWN_ANSWERS = 20;

interface Demo {
  readonly manifests: Manifests;
  readonly processes: Processes;
  readonly service: string;
  readonly reloader: string;
  readonly port: number;
  readonly pods: Map<string, Started>;
}

async function addPod(demo: Pick<Demo, 'manifests' | 'processes' | 'pods'>, pod: DemoPod) {
  const started = demo.processes.start('pod', [pod.name, pod.address, String(POD_PORT)]);
  demo.pods.set(pod.name, started);
  await started.prints(/(serving)/);
  await demo.manifests.putPod(pod);
}

/** What `curl` through HAProxy answers: the name of a pod, or a status. */
async function ask({ port }: Demo, host: string): Promise<string> {
  const { status, text } = await get(port, '/', { Host: host });
  return status === 200 ? text.trim() : `${status} ${text.trim()}`;
}

/** The different answers to so many requests. */
async function sample(demo: Demo, host: string, requests: number): Promise<readonly string[]> {
  const seen = new Set<string>();
  for (let i = 0; i < requests; i += 1) seen.add(await ask(demo, host));
  return [...seen].sort();
}

/** Waits until each of these answers has been seen among a few, and none but these. */
async function answers(demo: Demo, host: string, expected: readonly string[]) {
  await until(`${host} answers ${expected.join(', ')}`, async () => {
    const seen = await sample(demo, host, 4 * expected.length);
    return seen.join() === expected.join();
  });
}

function show({ port }: Demo, host: string, [what, seen]: readonly [string, readonly string[]]) {
  const command = `curl -H 'Host: ${host}' 127.0.0.1:${port}`;
  print(`   ${what.padEnd(7)} ${command}  ->  ${seen.join(' | ')}`);
}

interface Chapter {
  readonly title: string;
  readonly host: string;
  readonly change: () => Promise<void>;
  readonly expected: readonly string[];
}

async function play(demo: Demo, load: Load, { title, host, change, expected }: Chapter) {
  step(title);
  show(demo, host, ['before:', await sample(demo, host, SHOWN_ANSWERS)]);
  const start = performance.now();
  await change();
  await answers(demo, host, expected);
  const ms = Math.round(performance.now() - start);
  show(demo, host, ['after:', expected]);
  const { sent, lost } = load.tally();
  print(
    `   ${ms} ms from the edit until HAProxy answered so alone; requests so far: ${sent} sent, ${lost} lost`,
  );
}

async function begin(processes: Processes, folder: string): Promise<Demo> {
  const manifests = await copyExample(EXAMPLE, join(folder, 'manifests'));
  // HAProxy shares a port that another HAProxy of this user has: never ask for a fixed one.
  const [port, statsPort] = [await freePort(), await freePort()];
  await manifests.edit('config.yaml', 'bind :8000', `bind 127.0.0.1:${port}`);
  await manifests.edit('config.yaml', 'bind :8404', `bind 127.0.0.1:${statsPort}`);
  const pods = new Map<string, Started>();
  step('Two pods of the shop, one of the blog: processes that answer their names');
  for (const [i, [name, app]] of Object.entries([
    ['shop-1', 'shop'],
    ['shop-2', 'shop'],
    ['blog-1', 'blog'],
  ] as const)) {
    await addPod({ manifests, processes, pods }, { name, app, address: podAddress(Number(i) + 1) });
    print(`   ${name} on ${podAddress(Number(i) + 1)}:${POD_PORT}`);
  }
  step('The render service on a copy of examples/basic');
  const serving = processes.start('service', [
    'serve',
    '--from',
    manifests.folder,
    '--listen',
    '127.0.0.1:0',
  ]);
  const service = await serving.prints(/"listens":"([^"]+)"/);
  print(`   reads ${manifests.folder}\n   curl ${service}/haproxy.cfg`);
  step('HAProxy under its reloader');
  const reloading = processes.start('reloader', [
    ...['--renderer', service, '--state-dir', join(folder, 'state')],
    ...['--listen', '127.0.0.1:0', '--drain', '2', '--haproxy', process.env.HAPROXY || 'haproxy'],
  ]);
  const reloader = `http://127.0.0.1:${await reloading.prints(/"listen":\{[^}]*"port":(\d+)/)}`;
  await until('the reloader is ready', async () => (await fetch(`${reloader}/readyz`)).ok);
  print(
    `   curl ${reloader}/status\n   its statistics: http://127.0.0.1:${statsPort}/ (stats, example)`,
  );
  return { manifests, processes, service, reloader, port, pods };
}

function chapters(demo: Demo): readonly Chapter[] {
  const { manifests, pods } = demo;
  const shop = 'shop.example.com';
  return [
    {
      title: 'A pod is added (shop-3.yaml is written)',
      host: shop,
      change: () => addPod(demo, { name: 'shop-3', app: 'shop', address: podAddress(9) }),
      expected: ['shop-1', 'shop-2', 'shop-3'],
    },
    {
      title: 'A pod terminates (shop-1.yaml gets a deletionTimestamp), and is gone',
      host: shop,
      async change() {
        const pod = { name: 'shop-1', app: 'shop', address: podAddress(1) };
        await manifests.putPod({ ...pod, isTerminating: true });
        await answers(demo, shop, ['shop-2', 'shop-3']);
        await pods.get('shop-1')?.end();
        await manifests.removePod('shop-1');
      },
      expected: ['shop-2', 'shop-3'],
    },
    {
      title: 'A hostname changes (services.yaml: blog.example.com becomes news.example.com)',
      host: 'news.example.com',
      change: () => manifests.edit('services.yaml', '"blog.example.com"', '"news.example.com"'),
      expected: ['blog-1'],
    },
  ];
}

/** A mistake in the template: what was good stays live, and the status tells the place. */
async function mistake(demo: Demo) {
  step('A mistake in the template (config.yaml: {% endfor %} is misspelt)');
  await demo.manifests.edit('config.yaml', /\{%- endfor %\}\s*$/g, '{%- endfro %}\n');
  const found = await until('the status tells of the mistake', async () => {
    const status = await (await fetch(`${demo.service}/status`)).json();
    return JSON.stringify(status).match(/"message":"([^"]*endfro[^"]*)"/)?.[1];
  });
  print(`   /status: ${found}`);
  const shop = 'shop.example.com';
  show(demo, shop, ['still:', await sample(demo, shop, SHOWN_ANSWERS)]);
  await demo.manifests.edit('config.yaml', 'endfro', 'endfor');
}

/**
 * The whole loop: pods, the render service on a copy of an example, HAProxy under its reloader. It edits the manifests
 * while clients ask without a pause, and shows what HAProxy answers before and after.
 *
 * @returns whether no request was lost
 */
export async function playLoop(processes: Processes, folder: string): Promise<boolean> {
  const demo = await begin(processes, folder);
  const load = startLoad({ port: demo.port, host: 'shop.example.com', keeping: 8, connecting: 4 });
  for (const chapter of chapters(demo)) await play(demo, load, chapter);
  await mistake(demo);
  const { sent, lost, reasons } = await load.stop();
  const status = (await (await fetch(`${demo.reloader}/status`)).json()) as {
    counts: { reloads: number; runtimeApplies: number };
  };
  const { reloads, runtimeApplies } = status.counts;
  step(
    `${sent} requests sent, ${lost} lost; ${reloads} reloads, ${runtimeApplies} changes without one`,
  );
  for (const reason of reasons) print(`   lost: ${reason}`);
  return lost === 0 && sent > 0;
}
