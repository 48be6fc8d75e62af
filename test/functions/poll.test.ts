import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { until } from '../kit/until.ts';
import { memoryPublisher } from './memory-publisher.ts';
import { start } from './start.ts';

const codeOf = ({ text }: { text: string }) => JSON.parse(text).code as string;

test('a first GET is answered at once, with hash, position and rules for caches', async (t) => {
  const { ask, publisher } = await start(t);
  const { etag, json } = publisher.publish('global\n');
  const bundle = await ask('/bundle');
  assert.equal(bundle.status, 200);
  assert.equal(bundle.headers.etag, `"${etag}"`);
  assert.equal(bundle.headers['x-config-as-of'], 'pods/shop:5-9');
  assert.match(bundle.headers['cache-control'] ?? '', /no-cache/);
  assert.match(bundle.headers.vary ?? '', /Accept-Encoding/);
  assert.equal(bundle.text, Buffer.from(json).toString());
  const config = await ask('/haproxy.cfg');
  assert.equal(config.text, 'global\n');
  assert.match(config.headers['content-type'] ?? '', /^text\/plain/);
  assert.equal(config.headers.etag, bundle.headers.etag);
});

test('HEAD has the headers of GET, and no body', async (t) => {
  const { ask, publisher } = await start(t);
  publisher.publish('global\n');
  for (const path of ['/bundle', '/haproxy.cfg', '/status', '/healthz', '/readyz', '/metrics']) {
    const head = await ask(path, { method: 'HEAD' });
    assert.equal(head.status, 200, path);
    assert.equal(head.text, '');
    assert.ok(Number(head.headers['content-length']) > 0);
  }
});

test('gzip is made once a bundle, and sent to those alone who want it', async (t) => {
  const { ask, publisher } = await start(t);
  const { json } = publisher.publish('global\n');
  const coded = (accept: string) => ask('/bundle', { headers: { 'accept-encoding': accept } });
  for (const accept of ['gzip', 'br, GZIP;q=0.5', '*', 'gzip;q=1, identity;q=0.5']) {
    const { headers, bytes } = await coded(accept);
    assert.equal(headers['content-encoding'], 'gzip', accept);
    assert.deepEqual(gunzipSync(bytes), Buffer.from(json));
  }
  assert.equal(publisher.gzips, 1);
  for (const accept of ['', 'identity', 'gzip;q=0', 'gzip;q=0.1, identity', '*;q=0', 'br'])
    assert.equal((await coded(accept)).headers['content-encoding'], undefined, accept);
});

test('If-None-Match without a wait is an ordinary condition: 304 at once, or the bundle', async (t) => {
  const { ask, publisher } = await start(t);
  const { etag } = publisher.publish('global\n');
  const matching = [`"${etag}"`, `W/"${etag}"`, '*', `"old", "${etag}"`, ` , "${etag}" ,`];
  for (const value of matching) {
    const answer = await ask('/bundle', { headers: { 'if-none-match': value } });
    assert.equal(answer.status, 304, value);
    assert.equal(answer.text, '');
    assert.equal(answer.headers.etag, `"${etag}"`);
    assert.equal(answer.headers['x-config-as-of'], 'pods/shop:5-9');
  }
  for (const value of ['"old"', '"a", W/"b"', '', `"${etag.slice(0, -1)}"`])
    assert.equal((await ask('/bundle', { headers: { 'if-none-match': value } })).status, 200);
});

const WAITS: [reason: string, query: string, prefer: string | undefined, seconds?: string][] = [
  ['the preference', '', 'wait=7', '7'],
  ['quoted', '', 'wait="7"', '7'],
  ['among others, whatever its case', '', 'respond-async, foo; bar="a, wait=1", WAIT = 7 ; x', '7'],
  ['the first of two', '', 'wait=7, wait=9', '7'],
  ['without a number', '', 'wait', '50'],
  ['more than may be', '', 'wait=86400', '300'],
  ['the query', '?wait=7', undefined, '7'],
  ['the query without a number', '?wait', undefined, '50'],
  ['the query before the preference', '?wait=7', 'wait=9', '7'],
  ['a number that is none is ignored, as RFC 7240 says', '', 'wait=long'],
  ['other preferences', '', 'return=minimal'],
  ['garbage', '', ';;=,"'],
];

test('Preference-Applied says which wait holds', async (t) => {
  const { ask, publisher } = await start(t);
  publisher.publish('global\n');
  for (const [reason, query, prefer, seconds] of WAITS) {
    const answer = await ask(`/bundle${query}`, {
      headers: prefer === undefined ? {} : { prefer },
    });
    assert.equal(answer.status, 200, reason);
    const expected = seconds === undefined ? undefined : `wait=${seconds}`;
    assert.equal(answer.headers['preference-applied'], expected, reason);
    const { waitMs } = publisher.asked.at(-1) ?? assert.fail();
    assert.ok(waitMs <= Number(seconds ?? 0) * 1000, reason);
    assert.ok(waitMs >= Number(seconds ?? 0) * 1000 * (15 / 16), reason);
  }
});

test('a poll is held until the hash differs', async (t) => {
  const { ask, publisher } = await start(t);
  const { etag } = publisher.publish('one\n');
  const headers = { 'if-none-match': `"old", "${etag}"`, prefer: 'wait=30' };
  const held = ask('/bundle', { headers });
  await until('it is held', () => publisher.waiting === 1);
  const { etag: next } = publisher.publish('two\n');
  const answer = await held;
  assert.equal(answer.status, 200);
  assert.equal(answer.headers.etag, `"${next}"`);
});

test('a poll whose hash stays gets 304 when its wait ends', async (t) => {
  const { ask, publisher } = await start(t);
  const { etag } = publisher.publish('one\n');
  const started = performance.now();
  const headers = { 'if-none-match': `"${etag}"`, prefer: 'wait=0.2' };
  const answer = await ask('/haproxy.cfg', { headers });
  assert.equal(answer.status, 304);
  assert.ok(performance.now() - started >= 180);
});

test('a client that vanishes is forgotten at once', async (t) => {
  const { publisher, service } = await start(t);
  const { etag } = publisher.publish('one\n');
  for (const end of ['destroy', 'resetAndDestroy', 'end'] as const) {
    const socket = connect(Number(new URL(service.url).port), '127.0.0.1');
    socket.on('error', () => undefined);
    socket.write(
      `GET /bundle?wait=60 HTTP/1.1\r\nHost: localhost\r\nIf-None-Match: "${etag}"\r\n\r\n`,
    );
    await until('it is held', () => publisher.waiting === 1);
    socket[end]();
    await until('it is forgotten', () => publisher.waiting === 0, 10_000);
  }
});

test('a replica that lags says 503 when the wait ends, and closes the connection', async (t) => {
  const { ask, publisher } = await start(t);
  const { etag } = publisher.publish('one\n');
  const headers = { 'x-config-as-of': 'pods/shop:10-12', 'if-none-match': `"${etag}"` };
  const answer = await ask('/bundle', { headers });
  assert.equal(answer.status, 503);
  assert.equal(codeOf(answer), 'behind');
  assert.equal(answer.headers['retry-after'], '1');
  assert.equal(answer.headers.connection, 'close');
  const held = ask('/bundle?wait=30', { headers });
  await until('it is held', () => publisher.waiting === 1);
  publisher.moveTo({ 'pods/shop': { lo: '10', hi: '10' } });
  publisher.publish('two\n');
  assert.equal((await held).headers['x-config-as-of'], 'pods/shop:10-10');
});

test('before the first bundle: 503 that names the object to create', async (t) => {
  const notReady = {
    code: 'config-missing',
    message: 'there is no ConfigMap config in namespace lb',
    hint: 'Create it: kubectl create configmap config --namespace lb --from-file=template',
  };
  const { ask } = await start(t, { publisher: memoryPublisher({ notReady }) });
  for (const path of ['/bundle', '/haproxy.cfg', '/snapshot', '/readyz']) {
    const answer = await ask(path);
    assert.equal(answer.status, 503, path);
    assert.equal(answer.headers['content-type'], 'application/problem+json');
    assert.ok(Number(answer.headers['retry-after']) > 0);
    const { code, reason, detail, hint } = JSON.parse(answer.text);
    assert.deepEqual([code, reason, detail], ['not-ready', notReady.code, notReady.message]);
    assert.equal(hint, notReady.hint);
  }
  assert.equal((await ask('/healthz')).status, 200);
});

test('a template that fails: the last good bundle, and the failure in a header', async (t) => {
  const { ask, publisher } = await start(t);
  const { etag } = publisher.publish('one\n');
  publisher.fail({
    severity: 'error',
    code: 'template-syntax',
    message: 'expected end of print statement',
    hint: 'Close it.',
    where: { object: 'configmaps/lb/config', key: 'template', line: 3, column: 5 },
  });
  const failure =
    'template-syntax; object="configmaps/lb/config"; key="template"; line=3; column=5';
  const answer = await ask('/bundle');
  assert.equal(answer.headers.etag, `"${etag}"`);
  assert.equal(answer.headers['x-config-failure'], failure);
  const same = await ask('/bundle', { headers: { 'if-none-match': '*' } });
  assert.deepEqual([same.status, same.headers['x-config-failure']], [304, failure]);
});

test('variants come from the query', async (t) => {
  const { ask, publisher } = await start(t, { argv: ['--params', 'zone,role'] });
  publisher.publish('one\n');
  await ask('/bundle?role=edge&zone=a&ssldir=/var/lib/reloader/current/ssl/&wait=0');
  assert.deepEqual(publisher.asked.at(-1)?.variant, {
    sslDir: '/var/lib/reloader/current/ssl',
    filesDir: '/etc/haproxy/files',
    params: { role: 'edge', zone: 'a' },
  });
});

const BAD: [reason: string, code: string, query: string, headers?: Record<string, string>][] = [
  ['an unknown parameter', 'unknown-parameter', '?region=x'],
  ['a parameter twice', 'bad-parameter', '?zone=a&zone=b'],
  ['a parameter that breaks out of its line', 'bad-parameter', '?zone=a%0Aglobal'],
  ['a parameter with a quote', 'bad-parameter', '?zone=%22'],
  ['a parameter that is too long', 'bad-parameter', `?zone=${'a'.repeat(129)}`],
  ['a relative path', 'bad-parameter', '?ssldir=etc'],
  ['an empty path', 'bad-parameter', '?ssldir='],
  ['the root', 'bad-parameter', '?ssldir=/'],
  ['a path that climbs', 'bad-parameter', '?filesdir=/a/../b'],
  ['a path that ends by climbing', 'bad-parameter', '?filesdir=/a/..'],
  ['a path with a space', 'bad-parameter', '?filesdir=/a%20b'],
  ['a path with a variable', 'bad-parameter', '?filesdir=/a/$HOME'],
  ['a path with a NUL', 'bad-parameter', '?filesdir=/a%00'],
  ['a wait that is no number', 'bad-parameter', '?wait=soon'],
  ['a negative wait', 'bad-parameter', '?wait=-1'],
  ['an unquoted tag', 'bad-if-none-match', '', { 'if-none-match': 'sha256:0' }],
  ['an unclosed tag', 'bad-if-none-match', '', { 'if-none-match': '"sha256:0' }],
  ['a position that is none', 'bad-position', '', { 'x-config-as-of': 'yesterday' }],
];

test('what cannot be meant is refused with its code', async (t) => {
  const { ask, publisher } = await start(t, { argv: ['--params', 'zone'] });
  publisher.publish('one\n');
  for (const [reason, code, query, headers] of BAD) {
    const answer = await ask(`/bundle${query}`, headers ? { headers } : {});
    assert.equal(answer.status, 400, reason);
    assert.equal(codeOf(answer), code, reason);
  }
});

test('one variant too many is a clear 429', async (t) => {
  const { ask, publisher } = await start(t, { publisher: memoryPublisher({ maxVariants: 1 }) });
  publisher.publish('one\n');
  assert.equal((await ask('/bundle')).status, 200);
  const answer = await ask('/bundle?ssldir=/other');
  assert.deepEqual([answer.status, codeOf(answer)], [429, 'too-many-variants']);
});

test('more polls than may be held are turned away, and say so', async (t) => {
  const { ask, publisher } = await start(t, { argv: ['--max-polls', '2'] });
  const { etag } = publisher.publish('one\n');
  const headers = { 'if-none-match': `"${etag}"`, prefer: 'wait=30' };
  const held = [ask('/bundle', { headers }), ask('/bundle', { headers })];
  await until('they are held', () => publisher.waiting === 2);
  const answer = await ask('/bundle', { headers });
  assert.deepEqual([answer.status, codeOf(answer)], [503, 'too-many-polls']);
  assert.equal((await ask('/bundle')).status, 200, 'what need not be held is answered');
  publisher.publish('two\n');
  for (const { status } of await Promise.all(held)) assert.equal(status, 200);
});

test('1,000 held polls are answered at a change, from one gzip', async (t) => {
  const { ask, publisher } = await start(t);
  const { etag } = publisher.publish('one\n');
  const headers = {
    'if-none-match': `"${etag}"`,
    prefer: 'wait=60',
    'accept-encoding': 'gzip',
  };
  const held = Array.from({ length: 1000 }, () => ask('/bundle', { headers }));
  await until('all are held', () => publisher.waiting === 1000);
  const { etag: next } = publisher.publish('two\n');
  const answers = await Promise.all(held);
  assert.ok(answers.every((a) => a.status === 200 && a.headers.etag === `"${next}"`));
  assert.equal(publisher.gzips, 1);
});
