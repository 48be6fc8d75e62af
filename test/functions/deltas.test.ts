import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { parseBundle, verifyBundle } from '../../functions/wire/bundle.ts';
import { applyDelta, parseDelta } from '../../functions/wire/delta.ts';
import { start } from './start.ts';

const LINES = Array.from({ length: 200 }, (_, i) => `server pod-${i} 10.0.0.1:80`);
const config = (...changed: readonly number[]) =>
  LINES.map((line, i) => (changed.includes(i) ? `${line} weight 7` : line)).join('\n');
const many = Array.from({ length: 40 }, (_, i) => i * 5);

/** A service that had one bundle, and has another now. */
async function twoBundles(t: Parameters<typeof start>[0], ...changed: readonly number[]) {
  const started = await start(t);
  const { publisher, ask } = started;
  publisher.publish(config());
  const first = await ask('/bundle');
  const { etag } = publisher.publish(config(...changed));
  const base = parseBundle(first.text);
  const has = (taken: string, others = {}) =>
    ask('/bundle', {
      headers: { 'a-im': taken, 'if-none-match': `"${base.etag}"`, ...others },
    });
  const whole = parseBundle((await ask('/bundle')).text);
  return { ...started, base, has, etag, whole };
}

test('who takes deltas, and has a bundle that is known, gets what makes the new one of it', async (t) => {
  const { has, base, whole, etag } = await twoBundles(t, 7);
  const { status, headers, text } = await has('bundle-lines, gzip');
  assert.equal(status, 226);
  assert.equal(headers.im, 'bundle-lines');
  assert.equal(headers['delta-base'], `"${base.etag}"`);
  assert.equal(headers.etag, `"${etag}"`);
  assert.match(headers.vary ?? '', /A-IM/);
  assert.equal(headers['content-encoding'], undefined);
  assert.equal(
    text,
    '{"schema":1,"files":[{"path":"haproxy.cfg","lines":[[7,1,["server pod-7 10.0.0.1:80 weight 7"]]]}]}',
  );
  const files = applyDelta(base.files, parseDelta(text));
  assert.deepEqual(verifyBundle({ ...whole, files }), whole);
});

test('a long delta is gzipped for those who take that as well', async (t) => {
  const { has, base, whole } = await twoBundles(t, ...many);
  const plain = await has('bundle-lines', { 'accept-encoding': 'gzip' });
  assert.equal(plain.headers.im, 'bundle-lines');
  const packed = await has('gzip;q=0.5, bundle-lines;q=1');
  assert.equal(packed.headers.im, 'bundle-lines, gzip');
  assert.equal(gunzipSync(packed.bytes).toString(), plain.text);
  const files = applyDelta(base.files, parseDelta(plain.text));
  assert.deepEqual(verifyBundle({ ...whole, files }), whole);
});

test('everybody else gets the whole: who names another form, or has nothing that is known', async (t) => {
  const { has, etag } = await twoBundles(t, 7);
  const ways = [
    await has('vcdiff'),
    await has('bundle-lines;q=0'),
    await has('bundle-lines', { 'if-none-match': '"sha256:other"' }),
    await has('bundle-lines', { 'if-none-match': '' }),
  ];
  for (const { status, headers, text } of ways) {
    assert.equal(status, 200);
    assert.equal(headers.im, undefined);
    assert.equal(parseBundle(text).etag, etag);
  }
  assert.equal((await has('bundle-lines', { 'if-none-match': '*' })).status, 304);
  assert.equal((await has('bundle-lines', { 'if-none-match': `"${etag}"` })).status, 304);
});

test('of several that it has, one that is known will do, and a held request gets its delta, too', async (t) => {
  const { has, publisher, base, etag } = await twoBundles(t, 7);
  const first = await has('bundle-lines', { 'if-none-match': `"x", "${base.etag}"` });
  assert.equal(first.status, 226);
  const held = has('bundle-lines', { 'if-none-match': `"${etag}"`, prefer: 'wait=60' });
  while (publisher.asked.at(-1)?.waitMs === 0) await new Promise(setImmediate);
  publisher.publish(config(8));
  const { status, headers } = await held;
  assert.equal(status, 226);
  assert.equal(headers['delta-base'], `"${etag}"`);
});
