import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import type { Occurrence } from '../../functions/core/occurrence.ts';
import { renderManifests } from '../../functions/core/offline.ts';
import type { AsOf } from '../../functions/wire/as-of.ts';
import { parseBundle } from '../../functions/wire/bundle.ts';
import { makeCertificate } from '../kit/certificate.ts';
import { configMap, gone, pod, put, secret } from '../kit/objects.ts';
import { until } from '../kit/until.ts';
import { bundle, config, SERVICES, SETTINGS, startPublisher, TEMPLATE, VARIANT } from './start.ts';

test('nothing is served before everything has been read', async (t) => {
  const { ask, deliver, publisher, text } = startPublisher(t);
  assert.equal((await ask()).kind, 'not-ready');
  deliver([SERVICES, config(TEMPLATE)], {}, false);
  assert.equal((await ask()).kind, 'not-ready');
  assert.equal(publisher.status().isReady, false);
  deliver([put(pod({ name: 'a' }))]);
  assert.equal(await text(), 'web 10.0.0.1\n');
  assert.equal(publisher.status().isReady, true);
});

test('while an object is missing, it is named, with the command that creates it', async (t) => {
  const { ask, deliver, text } = startPublisher(t);
  deliver([]);
  const first = await ask();
  assert.equal(first.kind === 'not-ready' && first.reason.code, 'input-missing');
  assert.match(JSON.stringify(first), /kubectl -n lb create configmap services/);
  deliver([SERVICES]);
  await until('the template is missed', async () =>
    JSON.stringify(await ask()).includes('create configmap config'),
  );
  deliver([config(TEMPLATE)]);
  await until('it is served', async () => (await text()) === 'web\n');
});

test('a held question is answered by the change; one that has the newest hash, at the end of its wait', async (t) => {
  const { ask, deliver, etag, publisher } = startPublisher(t);
  deliver([SERVICES, config(TEMPLATE)]);
  const known = await etag();
  const revision = publisher.status().intent.current?.hash;
  const same = { kind: 'same', etag: known, asOf: {}, revision };
  assert.deepEqual(await ask({ etag: known, waitMs: 20 }), same);
  const held = ask({ etag: known, waitMs: 60_000 });
  deliver([put(pod({ name: 'a' }))]);
  assert.equal(bundle(await held).config, 'web 10.0.0.1\n');
});

test('what comes of a new intent is answered before anything else is made of it', async (t) => {
  const order: string[] = [];
  const tell = ({ reason }: Occurrence) => void order.push(reason);
  const { ask, deliver, etag } = startPublisher(t, {
    tell,
    onServed: () => void order.push('served'),
  });
  const long = `${'# long\n'.repeat(1000)}${TEMPLATE}`;
  deliver([SERVICES, config(long)]);
  const known = await etag();
  await until('all is told of the first', () => order.length > 0);
  await setImmediate();
  order.length = 0;
  const asked = ask({ etag: known, waitMs: 60_000, takesPatch: true });
  const answered = asked.then(() => void order.push('answered'));
  deliver([config(`# ${long}`)]);
  await until('all is told', () => order.length === 3);
  await answered;
  assert.deepEqual(order, ['answered', 'served', 'IntentAccepted']);
});

test('a change that does not reach the configuration wakes nobody', async (t) => {
  const { ask, deliver, etag, publisher } = startPublisher(t);
  deliver([SERVICES, config(TEMPLATE), put(pod({ name: 'a' }))]);
  const held = ask({ etag: await etag(), waitMs: 300 });
  deliver([
    put({
      ...pod({ name: 'a' }),
      metadata: { name: 'a', namespace: 'shop', labels: { app: 'web', x: '1' } },
    }),
  ]);
  deliver([put(pod({ name: 'b', ready: false }))]);
  assert.equal((await held).kind, 'same');
  assert.equal(publisher.status().variants[0]?.waiting, 0);
});

test('no question is answered later than it may be, whatever it waits for', async (t) => {
  const { ask, deliver } = startPublisher(t);
  const endless = '{% for a in range(9999) %}{% for b in range(9999) %}{% endfor %}{% endfor %}';
  deliver([SERVICES, config(endless)]);
  const first = await ask({ maxMs: 20 });
  assert.equal(first.kind === 'not-ready' && first.reason.code, 'not-rendered');
  const other = startPublisher(t);
  other.deliver([SERVICES, config(TEMPLATE)]);
  const known = await other.etag();
  const began = performance.now();
  const late = await other.ask({ etag: known, waitMs: 60_000, maxMs: 20 });
  assert.equal(late.kind, 'same');
  assert.ok(performance.now() - began < 10_000);
});

test('a poller that goes away is forgotten at once', async (t) => {
  const { ask, deliver, etag, publisher } = startPublisher(t);
  deliver([SERVICES, config(TEMPLATE)]);
  const gone = new AbortController();
  void ask({ etag: await etag(), waitMs: 60_000, signal: gone.signal });
  await until('it waits', () => publisher.status().variants[0]?.waiting === 1);
  gone.abort();
  assert.equal(publisher.status().variants[0]?.waiting, 0);
});

test('a template that fails leaves the last good bundle, and tells where it failed', async (t) => {
  const { ask, deliver, etag, publisher, text } = startPublisher(t);
  deliver([SERVICES, config(TEMPLATE)]);
  const good = await etag();
  deliver([config('line one\n{{ 1 +* }}')]);
  const failure = await until('it is told', () => publisher.status().variants[0]?.failure);
  assert.deepEqual([failure.where.key, failure.where.line], ['template', 2]);
  const answer = await ask();
  assert.equal(bundle(answer).etag, good);
  assert.equal(answer.kind === 'bundle' && answer.failure?.code, failure.code);
  deliver([config('mended')]);
  await until('it is mended', async () => (await text()) === 'mended\n');
  assert.deepEqual(publisher.status().diagnostics, []);
});

test('certificates join their names behind the render, under the bare name too where it is used', async (t) => {
  const { deliver, ask } = startPublisher(t);
  const { certificatePem, keyPem } = await makeCertificate({ names: ['a.example'] });
  const keys = { web: Buffer.from(keyPem).toString('base64') };
  deliver([
    SERVICES,
    config('{% for c in certificates %}crt {{ ssldir }}/{{ c }}\n{% endfor %}'),
    put(configMap('certificates', { web: certificatePem })),
    put(secret('keys', keys)),
  ]);
  const { files } = parseBundle(Buffer.from(bundle(await ask()).json).toString('utf8'));
  assert.deepEqual(
    files.map((f) => [f.path, f.mode]),
    [
      ['haproxy.cfg', 0o600],
      ['ssl/web', 0o600],
      ['ssl/web.pem', 0o600],
    ],
  );
  assert.equal(files[1]?.content, keyPem + certificatePem.replaceAll('\n\n', '\n'));
});

test('variants share nothing but the snapshot, and are bounded in number', async (t) => {
  const { deliver, ask } = startPublisher(t);
  deliver([SERVICES, config('{{ params.zone }} {{ ssldir }}')]);
  const ofZone = (zone: string) => ({ sslDir: '/s', filesDir: '/f', params: { zone } });
  assert.equal(bundle(await ask({ variant: ofZone('a') })).config, 'a /s\n');
  assert.equal(bundle(await ask({ variant: ofZone('b') })).config, 'b /s\n');
  assert.deepEqual(await ask({ variant: ofZone('c') }), { kind: 'too-many-variants', limit: 3 });
});

test('a poller that has seen more than this replica waits for it, and is told "behind" otherwise', async (t) => {
  const { deliver, ask, etag } = startPublisher(t);
  const at = (hi: string): AsOf => ({ 'pods/shop': { lo: '5', hi } });
  deliver([SERVICES, config(TEMPLATE)], at('9'));
  const known = await etag();
  const seen: AsOf = { 'pods/shop': { lo: '10', hi: '10' } };
  assert.deepEqual(await ask({ seen, waitMs: 10 }), { kind: 'behind' });
  assert.deepEqual(await ask({ seen, etag: known, waitMs: 10 }), { kind: 'behind' });
  assert.deepEqual(
    await ask({ seen, waitMs: 60_000 }),
    { kind: 'behind' },
    'at the end of the lag',
  );
  const held = ask({ seen, waitMs: 60_000 });
  deliver([], at('10'));
  assert.equal(bundle(await held).etag, known);
});

test('a snapshot renders elsewhere to the same hash, and holds no secret', async (t) => {
  const { deliver, publisher, etag } = startPublisher(t);
  const { certificatePem, keyPem } = await makeCertificate({ names: ['a.example'] });
  deliver([
    SERVICES,
    config(`${TEMPLATE}{{ certificates|length }} {{ stats.password }}`, {
      'files.map': '{{ filesdir }}',
    }),
    put(pod({ name: 'a' })),
    put(configMap('certificates', { web: certificatePem })),
    put(secret('keys', { web: Buffer.from(keyPem).toString('base64') })),
  ]);
  const known = await etag();
  const text = Buffer.from(publisher.snapshot(VARIANT) ?? []).toString('utf8');
  assert.doesNotMatch(text, /PRIVATE|keys/);
  assert.ok(!text.includes(Buffer.from(keyPem).toString('base64').slice(0, 40)));
  const elsewhere = { sslDir: '/elsewhere', filesDir: '/elsewhere', params: {} };
  const result = renderManifests({
    texts: [{ origin: 'snapshot.json', text }],
    settings: SETTINGS,
    variant: elsewhere,
  });
  assert.equal(result.kind === 'rendered' && result.bundle.etag, known);
});

test('a burst is rendered as a few, and the loss of an address does not wait for the end of it', async (t) => {
  const { deliver, text, publisher } = startPublisher(t, { quietMs: 60_000 });
  deliver([SERVICES, config(TEMPLATE), put(pod({ name: 'a' }))]);
  assert.equal(await text(), 'web 10.0.0.1\n');
  deliver([put(pod({ name: 'b', ip: '10.0.0.2' }))]);
  assert.equal(await text(), 'web 10.0.0.1\n', 'a gain waits for more');
  deliver([gone(put(pod({ name: 'a' })))]);
  await until('the loss is served', async () => (await text()) === 'web 10.0.0.2\n');
  assert.equal(publisher.renderer().starts, 1);
});

test('reconciliation renders everything afresh, to the same hash', async (t) => {
  const { deliver, publisher, etag } = startPublisher(t);
  deliver([SERVICES, config(TEMPLATE), put(pod({ name: 'a' }))]);
  const known = await etag();
  publisher.reconcile();
  await until('there is a new renderer', () => publisher.renderer().starts === 2);
  assert.equal(await etag(), known);
});

test('at shutdown every held question is answered', async (t) => {
  const { ask, deliver, etag, publisher } = startPublisher(t);
  deliver([SERVICES, config(TEMPLATE)]);
  const known = await etag();
  const held = [1, 2, 3].map(() => ask({ etag: known, waitMs: 60_000 }));
  await until('they wait', () => publisher.status().variants[0]?.waiting === 3);
  publisher.release(0);
  for (const answer of await Promise.all(held)) assert.equal(answer.kind, 'same');
});

test('at shutdown questions are answered one after the other, and new ones at once', async (t) => {
  const { ask, deliver, etag, publisher } = startPublisher(t);
  deliver([SERVICES, config(TEMPLATE)]);
  const known = await etag();
  let answered = 0;
  const held = Array.from({ length: 200 }, async () => {
    await ask({ etag: known, waitMs: 60_000 });
    answered += 1;
  });
  await until('they wait', () => publisher.status().variants[0]?.waiting === 200);
  const began = performance.now();
  publisher.release(1_000);
  assert.equal((await ask({ etag: known, waitMs: 60_000 })).kind, 'same');
  assert.ok(answered < 200, 'the others wait on');
  const seen = new Set<number>();
  await until('all are answered', () => {
    seen.add(answered);
    return answered === 200;
  });
  await Promise.all(held);
  assert.ok(seen.size >= 4, `${[...seen]}`);
  assert.ok(performance.now() - began < 5_000);
});

test('any order of objects gives the same hash', async (t) => {
  const objects = [
    SERVICES,
    config(TEMPLATE, { 'files.b': 'b', 'files.a': 'a' }),
    ...['c', 'a', 'b', '10', '9'].map((name, i) => put(pod({ name, ip: `10.0.0.${i}` }))),
  ];
  const one = startPublisher(t);
  one.deliver(objects);
  const other = startPublisher(t);
  for (const object of objects.toReversed()) other.deliver([object], {}, object === objects[0]);
  assert.equal(await one.etag(), await other.etag());
});

test('a key in binaryData is told for as long as it is there', async (t) => {
  const { deliver, publisher, text } = startPublisher(t);
  const told = () => publisher.status().diagnostics.filter(({ code }) => code === 'binary-data');
  const map = configMap('certificates', {});
  deliver([SERVICES, config(TEMPLATE), put({ ...map, binaryData: { 'a.example': '//4=' } })]);
  assert.equal(await text(), 'web\n');
  assert.deepEqual(
    told().map(({ where }) => where),
    [{ object: 'configmaps/lb/certificates', key: 'a.example' }],
  );
  deliver([put(map)]);
  assert.deepEqual(told(), []);
});

test('once it has stopped, whoever asks starts no renderer that would outlive it', async (t) => {
  const { deliver, publisher, text } = startPublisher(t);
  deliver([SERVICES, config(TEMPLATE)]);
  await text();
  publisher.stop();
  const answer = await publisher.explain({ variant: VARIANT, question: {} });
  assert.equal(answer.kind, 'failed');
  await until(
    'no renderer is left',
    () => !process.getActiveResourcesInfo().includes('ProcessWrap'),
  );
});
