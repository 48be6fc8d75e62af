/** What the page costs whoever looks at it, and the service, of a large fleet: in a real browser. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Browser } from 'playwright-core';
import { Agent, type Dispatcher, request } from 'undici';
import { parse } from 'yaml';
import { configMap, pod } from '../kit/objects.ts';
import { until } from '../kit/until.ts';
import { openBrowser } from '../page/chromium.ts';
import { processorMs } from './process-cost.ts';
import { alone, type Scope } from './scope.ts';
import { quantile, type Section } from './section.ts';
import { SERVICE_ENTRIES, SERVICES, serviceOf } from './service-entries.ts';

const PODS = 10_000;
const PROXIES = 10_000;
const TURNS = 15;
/** Readers who leave the page open, at a time. */
const OPEN = [0, 1, 10, 100];
const OPEN_MS = 20_000;
const HTML = { accept: 'text/html', 'accept-encoding': 'gzip' };

interface World {
  readonly url: string;
  readonly pid: number;
  readonly dispatcher: Dispatcher;
}

function writeManifests(folder: string): void {
  const example = new URL('../../../examples/basic/config.yaml', import.meta.url);
  const { data } = parse(readFileSync(example, 'utf8')) as { data: { template: string } };
  const pods = Array.from({ length: PODS }, (_, i) => {
    const app = serviceOf(i);
    const ip = `10.${(i >> 16) & 255}.${(i >> 8) & 255}.${i & 255}`;
    return pod({ name: `${app}-${Math.floor(i / SERVICES)}`, ip, labels: { app } });
  });
  const items = [configMap('config', data), configMap('services', SERVICE_ENTRIES), ...pods];
  writeFileSync(join(folder, 'all.json'), JSON.stringify({ kind: 'List', items }));
}

async function serving({ processes, home, after }: Scope): Promise<World> {
  writeManifests(home);
  const args = ['serve', '--from', home, '--listen', '127.0.0.1:0', '--log-format', 'json'];
  const service = processes.start('service', args);
  const url = await service.prints(/"listens":"(http[^"]+)"/);
  const dispatcher = new Agent({ connections: 50 });
  after(() => dispatcher.destroy());
  return { url, pid: service.pid, dispatcher };
}

/** Each proxy has asked once, and runs what is served, but for some that lag and a few that refuse. */
async function populate({ url, dispatcher }: World): Promise<void> {
  const first = await until('it serves', async () => {
    const answer = await request(`${url}/bundle`, { dispatcher });
    await answer.body.dump();
    return answer.statusCode === 200 ? answer : undefined;
  });
  const etag = String(first.headers.etag);
  const revision = String(first.headers['x-config-revision']);
  const poll = async (i: number) => {
    const isOld = i % 100 === 0;
    const { statusCode, body } = await request(`${url}/bundle`, {
      dispatcher,
      headers: {
        ...{ 'if-none-match': etag, 'x-proxy-name': `edge-${i}`, 'x-haproxy-version': '3.2.1' },
        'x-running-hash': isOld ? 'sha256:0123456789abcdef' : etag.replaceAll('"', ''),
        'x-running-revision': revision,
        ...(i % 1000 === 0 && {
          ...{ 'x-refused-hash': etag.replaceAll('"', ''), 'x-refused-revision': revision },
          'x-refused-reason': `haproxy.cfg, line 40: unknown keyword 'x${i}' in 'frontend' section`,
        }),
      },
    });
    await body.dump();
    assert.equal(statusCode, 304);
  };
  for (let i = 0; i < PROXIES; i += 50)
    await Promise.all(Array.from({ length: 50 }, (_, j) => poll(i + j)));
}

/** How long the service takes, in milliseconds, and how much it sends. */
async function ask({ url, dispatcher }: World, path: string) {
  const begun = performance.now();
  const { statusCode, body } = await request(url + path, { dispatcher, headers: HTML });
  const { byteLength } = Buffer.from(await body.arrayBuffer());
  assert.equal(statusCode, 200, path);
  return { ms: performance.now() - begun, bytes: byteLength };
}

const ENTRIES = `JSON.stringify([
  ...performance.getEntriesByType('navigation'),
  ...performance.getEntriesByType('resource').filter(({ name }) => /page\\.(css|js)$/.test(name)),
].map(({ transferSize, domContentLoadedEventEnd }) => ({ transferSize, domContentLoadedEventEnd })))`;

/** Until everything on the page can be read and used, in milliseconds, and all that was sent for it. */
async function look(browser: Browser, url: string) {
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(url, { waitUntil: 'load' });
  const entries = JSON.parse(await page.evaluate<string>(ENTRIES)) as {
    transferSize: number;
    domContentLoadedEventEnd?: number;
  }[];
  await context.close();
  const bytes = entries.reduce((sum, { transferSize }) => sum + transferSize, 0);
  return { ms: entries[0]?.domContentLoadedEventEnd ?? Number.NaN, bytes };
}

/** Of a service that nobody has asked yet: until lines can be read, and until it is known what gave them. */
async function lookFirst(browser: Browser, url: string): Promise<readonly [number, number]> {
  const page = await browser.newPage();
  await page.goto(`${url}/explain`);
  await page.locator('[data-pending]').waitFor({ state: 'detached' });
  const known = await page.evaluate<number>('performance.now()');
  const [{ domContentLoadedEventEnd: readable = Number.NaN } = {}] = JSON.parse(
    await page.evaluate<string>(ENTRIES),
  ) as { domContentLoadedEventEnd?: number }[];
  await page.close();
  return [readable, known];
}

async function row(world: World, browser: Browser, [what, path]: readonly [string, string]) {
  const looks: Awaited<ReturnType<typeof look>>[] = [];
  const answers: Awaited<ReturnType<typeof ask>>[] = [];
  const first = await ask(world, path);
  for (let i = 0; i < TURNS; i += 1) {
    answers.push(await ask(world, path));
    looks.push(await look(browser, world.url + path));
  }
  const [usable, answered] = [looks, answers].map((all) => all.map(({ ms }) => ms)) as [
    number[],
    number[],
  ];
  return [
    ...[what, first.ms, quantile(answered, 0.5), quantile(usable, 0.5), Math.max(...usable)],
    ...[(answers[0]?.bytes ?? 0) / 1000, Math.max(...looks.map(({ bytes }) => bytes)) / 1000],
  ];
}

const PAGES: ReadonlyArray<readonly [what: string, path: string]> = [
  ['/', '/'],
  ['/, some of the fleet', '/?fleet=edge-77'],
  ['/explain', '/explain'],
  ['/explain, a line in the midst', '/explain?line=8000'],
  ['/explain, what is looked for', '/explain?find=service-77'],
];

/** Follows the page as a browser does, until it is told to end. */
async function follow({ url, dispatcher }: World, signal: AbortSignal): Promise<void> {
  let etag: string | undefined;
  while (!signal.aborted) {
    const { headers, body } = await request(`${url}/`, {
      dispatcher,
      signal: AbortSignal.any([signal]),
      headers: { ...HTML, prefer: 'wait=50', ...(etag !== undefined && { 'if-none-match': etag }) },
    });
    await body.dump();
    etag = String(headers.etag);
    await delay(500);
  }
}

/** Processor time of the service for each second that so many have the page open, in milliseconds. */
async function costOf(world: World, readers: number): Promise<number> {
  const dispatcher = new Agent({ connections: readers + 1 });
  const ended = new AbortController();
  const following = Array.from({ length: readers }, () =>
    follow({ ...world, dispatcher }, ended.signal).catch(() => undefined),
  );
  await delay(2_000);
  const before = processorMs(world.pid);
  await delay(OPEN_MS);
  const spent = processorMs(world.pid) - before;
  ended.abort();
  await Promise.all(following);
  await dispatcher.destroy();
  return spent / (OPEN_MS / 1000);
}

export default function page(): Promise<readonly Section[]> {
  return alone(async (scope) => {
    const world = await serving(scope);
    const browser = await openBrowser();
    scope.after(() => browser.close());
    await (await browser.newPage()).goto(`${world.url}/`);
    await until('it serves', async () => {
      const { body, statusCode } = await request(`${world.url}/readyz`, world);
      await body.dump();
      return statusCode === 200;
    });
    const [readable, known] = await lookFirst(browser, world.url);
    await populate(world);
    const rows: (string | number)[][] = [];
    for (const one of PAGES) rows.push(await row(world, browser, one));
    const costs: [number, number][] = [];
    for (const readers of OPEN) costs.push([readers, await costOf(world, readers)]);
    const [idle = 0] = costs.map(([, cost]) => cost);
    const about = `${PODS.toLocaleString('en')} pods in ${SERVICES.toLocaleString('en')} services, and ${PROXIES.toLocaleString('en')} proxies`;
    return [
      {
        title: 'The page for people',
        note: `With ${about}: the first answer of the service; the median of ${TURNS} further ones; in Chromium, until the page can be read and used (DOMContentLoaded, nothing kept from before), the median of ${TURNS} and the longest; and what is sent, in kB compressed: the page alone, and with its style and script. Whoever looks at the configuration first reads it after ${Math.round(readable)} ms, and sees what gave each line after ${Math.round(known)} ms: a renderer is started for that, and goes on for as long as somebody asks.`,
        head: ['page', 'first ms', 'ms', 'usable ms', 'longest', 'kB', 'kB in all'],
        rows,
      },
      {
        title: 'A page that is left open',
        note: `With ${about}, none of which changes: processor time of the service for each second that so many have the overview open, over ${OPEN_MS / 1000} seconds.`,
        head: ['open pages', 'ms a second', 'more than none'],
        rows: costs.map(([readers, cost]) => [readers, cost, cost - idle]),
      },
    ];
  });
}
