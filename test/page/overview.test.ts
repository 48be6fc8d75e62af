/** `GET /` for people: what it shows, in which order, and that nothing on it is what it should not be. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import type { Diagnostic } from '../../functions/core/diagnostics.ts';
import { createPollers } from '../../functions/http/pollers.ts';
import type { Authenticator } from '../../functions/access/authenticator.ts';
import type { Source } from '../../functions/core/source.ts';
import { memoryPublisher } from '../functions/memory-publisher.ts';
import { start } from '../functions/start.ts';
import { until } from '../kit/until.ts';
import { manyPollers } from './many-pollers.ts';

const NOW = Date.parse('2030-01-01T00:00:00Z');
const DAY = 86_400_000;
const BROWSER = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8';

const certificate = (name: string, days: number) => ({
  name,
  hostnames: [`${name}.example`],
  expiresAt: NOW + days * DAY,
  fingerprint256: 'AB:CD',
});

const broken: Diagnostic = {
  severity: 'error',
  code: 'template-syntax',
  message: 'unexpected <script>alert(1)</script> & more',
  hint: 'Mend it.',
  where: {
    object: 'configmaps/lb/config',
    key: 'template',
    line: 3,
    column: 5,
    excerpt: '{% if "<b>" %}\n    ^',
  },
};

const source: Source = {
  describes: 'a test',
  run: () => Promise.resolve(),
  status: () => [
    { collection: 'configmaps/lb', isSynced: true, currentAt: NOW - 1500, objects: 3 },
    { collection: 'pods/shop', isSynced: true, currentAt: NOW - 90_000, objects: 12 },
    { collection: 'secrets/lb', isSynced: false, objects: 0, stale: broken },
  ],
  diagnostics: () => [],
};

async function serving(t: TestContext, { certificates = [], ...given }: Given = {}) {
  const publisher = memoryPublisher({
    certificates: [certificate('later', 90), ...certificates],
  });
  let now = NOW;
  const pollers = createPollers({ now: () => now });
  const started = await start(t, { publisher, pollers, now: () => now, ...given });
  const { etag } = publisher.publish('global\n');
  const poll = (name: string, headers: Record<string, string> = {}) =>
    started.ask('/bundle', { headers: { 'x-proxy-name': name, ...headers } });
  const page = async (path = '/', headers: Record<string, string> = {}) => {
    const answer = await started.ask(path, { headers: { accept: BROWSER, ...headers } });
    return { ...answer, text: answer.text };
  };
  const pass = (ms: number) => {
    now += ms;
  };
  return { ...started, etag, poll, page, pass };
}

type Given = NonNullable<Parameters<typeof start>[1]> & {
  certificates?: ReturnType<typeof certificate>[];
};

/** The parts of a page from one heading to the next. */
const sectionOf = (text: string, id: string): string =>
  new RegExp(`<section aria-labelledby="${id}">.*?</section>`, 's').exec(text)?.[0] ??
  assert.fail(`no section ${id}`);

const textOf = (html: string): string =>
  html
    .replace(/<\/?(?:t[hdr]|p)\b[^>]*>/g, ' ')
    .replace(/<[^>]*>/g, '')
    .replace(/\s+/g, ' ')
    .trim();

test('browsers get a page, programs JSON as before', async (t) => {
  const { ask, page } = await serving(t);
  const { status, headers, text } = await page();
  assert.equal(status, 200);
  assert.equal(headers['content-type'], 'text/html; charset=utf-8');
  assert.match(headers.vary ?? '', /Accept/);
  assert.match(text, /^<!doctype html>\n<html lang="en">/);
  for (const accept of ['*/*', 'application/json', 'application/json, text/html;q=0.5', ''])
    assert.equal(JSON.parse((await ask('/', { headers: { accept } })).text).version, '1.0.0');
  assert.equal(JSON.parse((await page('/status')).text).version, '1.0.0');
});

test('whether everything is well is in one line', async (t) => {
  const { page, poll, etag } = await serving(t);
  await poll('edge-1', { 'x-running-hash': etag });
  const health = (text: string) => textOf(/<p id="health".*?<\/p>/s.exec(text)?.[0] ?? '');
  assert.equal(health((await page()).text), 'Everything is well.');
  await poll('edge-2', { 'x-refused-hash': 'sha256:x', 'x-refused-reason': 'no' });
  const { text } = await page();
  assert.equal(health(text), 'Not everything is well: 1 proxy refuses.');
  assert.match(text, /<title>Not well/);
});

test('what is wrong is shown with its place, excerpt and caret, and whatever is in it is escaped', async (t) => {
  const { page, publisher } = await serving(t, { source });
  publisher.fail(broken);
  const { text } = await page();
  const part = sectionOf(text, 'diagnostics');
  assert.match(part, /configmaps\/lb\/config template:3:5/);
  assert.match(part, /<pre class="excerpt">\{% if &quot;&lt;b&gt;&quot; %\}\n {4}\^<\/pre>/);
  assert.match(part, /unexpected &lt;script&gt;alert\(1\)&lt;\/script&gt; &amp; more/);
  assert.doesNotMatch(text, /<script>/);
});

test('the fleet: trouble first, with hash, version, reason and since when', async (t) => {
  const { page, poll, pass, etag } = await serving(t);
  const revision = `sha256:${'ab'.repeat(32)}`;
  const runs = { 'x-running-hash': etag, 'x-running-revision': revision };
  await poll('a-fine', { ...runs, 'x-haproxy-version': '3.2.1' });
  await poll('b-lags', { 'x-running-hash': 'sha256:0123456789abcdef' });
  const refuses = { 'x-refused-hash': 'sha256:feed', 'x-refused-reason': 'line 3: <b>no</b>' };
  await poll('c-refuses', { ...runs, ...refuses });
  pass(3_600_000 / 2);
  for (const [name, said] of [
    ['a-fine', { ...runs, 'x-haproxy-version': '3.2.1' }],
    ['b-lags', { 'x-running-hash': 'sha256:0123456789abcdef' }],
    ['c-refuses', { ...runs, ...refuses }],
  ] as const)
    await poll(name, said);
  const part = sectionOf((await page()).text, 'fleet');
  const rows = [...part.matchAll(/<tr class="(.*?)">\n<th scope="row">(.*?)<\/tr>/gs)];
  const names = rows.map(([, mark, row = '']) =>
    `${mark} ${textOf(row).split(' ', 2).join(' ')}`.trim(),
  );
  assert.deepEqual(names, ['bad c-refuses refuses', 'odd b-lags lags', 'a-fine runs']);
  assert.match(textOf(rows[0]?.[2] ?? ''), /refuses feed for 30m line 3: &lt;b&gt;no&lt;\/b&gt;/);
  assert.match(textOf(rows[2]?.[2] ?? ''), /abababababab for 30m/);
  assert.match(part, /3\.2\.1/);
  assert.match(part, /<caption>Proxies 1 to 3 of 3, trouble first<\/caption>/);
});

test('what a proxy counted last is told, until that is long ago', async (t) => {
  const { page, poll, pass } = await serving(t);
  const evidence = 'v=1;r=0123456789abcdef;w=10;rq=200;e5=3;up=4;all=5;di=1;oo=0';
  await poll('edge-1', { 'x-evidence': evidence });
  await poll('edge-2', { 'x-evidence': 'nonsense' });
  const part = async () => textOf(sectionOf((await page()).text, 'fleet'));
  assert.match(
    await part(),
    /edge-1 .* 3 of 200 answers failed in 10 s; 4 of 5 servers up; ended 1 time now edge-2 \S+ - - - - now/,
  );
  pass(300_001);
  assert.doesNotMatch(await part(), /answers failed/);
});

test('of 10,000 proxies a page is shown at a time, and those that are asked for', async (t) => {
  const { page } = await serving(t, { pollers: manyPollers(10_000, () => NOW) });
  const first = sectionOf((await page()).text, 'fleet');
  assert.match(first, /Proxies 1 to 50 of 10000, trouble first/);
  assert.match(first, /href="\.\/\?from=50#fleet">next</);
  assert.match(first, /href="\.\/\?from=9950#fleet">last</);
  assert.doesNotMatch(first, />previous</);
  const found = sectionOf((await page('/?fleet=edge-77+lags')).text, 'fleet');
  assert.match(found, /Proxies 1 to 50 of 111, of 10000 in all/);
  assert.match(found, /href="\.\/\?fleet=edge-77\+lags&amp;from=50#fleet">next</);
  const last = sectionOf((await page('/?fleet=edge-77&from=100')).text, 'fleet');
  assert.match(last, /Proxies 101 to 111 of 111/);
  const none = sectionOf((await page('/?fleet=%3Cnone%3E&from=x')).text, 'fleet');
  assert.match(none, /No proxy has &quot;&lt;none&gt;&quot;/);
});

test('certificates by their end, sources by their age', async (t) => {
  const { page } = await serving(t, { source, certificates: [certificate('soon', 2)] });
  const { text } = await page();
  const rows = (id: string) =>
    [...sectionOf(text, id).matchAll(/<th scope="row">(.*?)<\/th>/g)].map(([, name]) => name);
  assert.deepEqual(rows('certificates'), ['soon', 'later']);
  assert.match(sectionOf(text, 'certificates'), /2030-01-03<\/time> \(in 2d\)/);
  assert.deepEqual(rows('sources'), ['secrets/lb', 'pods/shop', 'configmaps/lb']);
  assert.match(sectionOf(text, 'sources'), />1m ago</);
});

test('a page allows nothing but its own files, and has neither script nor style in it', async (t) => {
  const { page, ask } = await serving(t, { source });
  const { headers, text } = await page();
  const policy = headers['content-security-policy'] ?? '';
  assert.match(policy, /default-src 'none'/);
  assert.match(policy, /frame-ancestors 'none'/);
  assert.doesNotMatch(policy, /unsafe|https?:|\*/);
  assert.doesNotMatch(text, /\sstyle=|\son[a-z]+=|<style|https?:\/\//);
  for (const [, to = ''] of text.matchAll(/(?:src|href)="(\.\/page\.[a-z]+)"/g)) {
    const { status, headers: own } = await ask(to.slice(1), {
      headers: { 'accept-encoding': 'gzip' },
    });
    assert.deepEqual([status, own['content-encoding']], [200, 'gzip'], to);
    const again = await ask(to.slice(1), { headers: { 'if-none-match': own.etag ?? '' } });
    assert.equal(again.status, 304);
  }
});

test('it is compressed for whoever takes that', async (t) => {
  const { page } = await serving(t);
  const { headers, bytes } = await page('/', { 'accept-encoding': 'gzip' });
  assert.equal(headers['content-encoding'], 'gzip');
  assert.match(gunzipSync(bytes).toString(), /^<!doctype html>/);
});

test('who has seen it waits for what is new, and is not woken by time alone', async (t) => {
  const { page, poll, pass } = await serving(t);
  await poll('edge-1');
  const etag = (await page()).headers.etag ?? '';
  pass(60_000);
  assert.equal((await page('/', { 'if-none-match': etag })).status, 200, 'it is silent by now');
  const seen = (await page()).headers.etag ?? '';
  pass(60_000);
  assert.equal((await page('/', { 'if-none-match': seen })).status, 304, 'only time has passed');
  let isAnswered = false;
  const waiting = page('/', { 'if-none-match': seen, prefer: 'wait=50' }).then((answer) => {
    isAnswered = true;
    return answer;
  });
  await page('/status');
  assert.equal(isAnswered, false);
  await poll('edge-2');
  const answer = await waiting;
  assert.equal(answer.status, 200);
  assert.match(answer.text, /edge-2/);
});

test('a service that ends lets nobody wait', async (t) => {
  const { page, service } = await serving(t);
  const etag = (await page()).headers.etag ?? '';
  const waiting = page('/', { 'if-none-match': etag, prefer: 'wait=300' });
  await until('it waits', async () => (await page('/status')).status === 200);
  await service.stop();
  assert.equal((await waiting).status, 304);
});

const closed: Authenticator = {
  describes: 'nobody',
  admit: () =>
    Promise.resolve({
      ...{ kind: 'refused', status: 401, code: 'token-missing' },
      ...{ message: 'the request carries no bearer token', hint: 'Send one.' },
    }),
};

test('whoever is not let in sees how to come in, and nothing else', async (t) => {
  const { page, ask } = await serving(t, { authenticator: closed });
  const { status, headers, text } = await page();
  assert.equal(status, 401);
  assert.equal(headers['www-authenticate'], 'Bearer realm="kubernetes-haproxy"');
  assert.match(headers['content-security-policy'] ?? '', /default-src 'none'/);
  assert.match(text, /<form id="sign-in"/);
  assert.match(text, /<div id="without-script">.*client certificate.*reverse proxy/s);
  assert.doesNotMatch(text, /edge|data-live/);
  assert.equal((await ask('/page.js')).status, 200, 'what signs in is there');
  assert.equal(JSON.parse((await ask('/')).text).code, 'unauthenticated');
});

test('a mistyped address is told to people as a page', async (t) => {
  const { page } = await serving(t);
  const { status, text } = await page('/%3Cscript%3E');
  assert.equal(status, 404);
  assert.match(text, /<h1>There is nothing at this path<\/h1>/);
  assert.doesNotMatch(text, /sign-in/);
});
