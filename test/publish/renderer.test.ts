import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { packChange } from '../../functions/core/packing.ts';
import { createTrial } from '../../functions/intent/trial.ts';
import { createStore } from '../../functions/publish/store.ts';
import { startRenderer } from '../../functions/renderer/process.ts';
import { makeCertificate } from '../kit/certificate.ts';
import { configMap, gone, pod, put, secret } from '../kit/objects.ts';
import { until } from '../kit/until.ts';
import { config, SERVICES, SETTINGS, startPublisher, TEMPLATE, VARIANT } from './start.ts';

const KILLERS: [what: string, template: string, code: string, deadlineMs: number][] = [
  [
    'loops for ever',
    `{% for a in range(99999) %}{% for b in range(99999) %}{% for c in range(99999) %}{% endfor %}{% endfor %}{% endfor %}`,
    'render-deadline',
    700,
  ],
  [
    'eats memory',
    '{% set ns = namespace(x=[]) %}{% for a in range(9999) %}{% set ns.x = ns.x + [[a] * 99999] %}{% endfor %}',
    'render-memory',
    20_000,
  ],
];

for (const [what, template, code, deadlineMs] of KILLERS)
  test(`a template that ${what} costs the renderer that tries it, and endpoints flow on`, async (t) => {
    const { deliver, etag, publisher, text } = startPublisher(t, { deadlineMs, memoryMb: 64 });
    deliver([SERVICES, config(TEMPLATE)]);
    const good = await etag();
    const { pid } = publisher.renderer();
    deliver([config(template)]);
    deliver([put(pod({ name: 'a', ip: '10.8.8.8' }))]);
    await until('a pod moves meanwhile', async () => (await text()) === 'web 10.8.8.8\n');
    assert.equal(publisher.status().variants[0]?.failure, undefined, 'before it is told');
    const failure = await until('it is told', () => publisher.status().variants[0]?.failure);
    assert.equal(failure.code, code);
    deliver([gone(put(pod({ name: 'a' })))]);
    await until('the last good intent stays', async () => (await etag()) === good);
    assert.equal(publisher.renderer().pid, pid);
    deliver([config(`${TEMPLATE}\n`)]);
    await until('it is mended', () => publisher.status().intent.state === 'good');
  });

test('a renderer that is killed is started again, and knows everything', async (t) => {
  const { deliver, publisher, text } = startPublisher(t);
  deliver([SERVICES, config(TEMPLATE), put(pod({ name: 'a' }))]);
  assert.equal(await text(), 'web 10.0.0.1\n');
  const { pid } = publisher.renderer();
  process.kill(pid as number, 'SIGKILL');
  deliver([put(pod({ name: 'b', ip: '10.0.0.2' }))]);
  await until('it renders again', async () => (await text()) === 'web 10.0.0.1 10.0.0.2\n');
  assert.notEqual(publisher.renderer().pid, pid);
});

test('the renderer has no environment, no files, no keys', async (t) => {
  const { deliver, publisher, lines, etag } = startPublisher(t);
  const { certificatePem, keyPem } = await makeCertificate({ names: ['a.example'] });
  deliver([
    SERVICES,
    config('{{ env.HOME }}{{ env.ZONE }} {{ certificates|join }} {{ ssldir }}/web'),
    put(configMap('certificates', { web: certificatePem })),
    put(secret('keys', { web: Buffer.from(keyPem).toString('base64') })),
  ]);
  await etag();
  const environment = await readFile(`/proc/${publisher.renderer().pid}/environ`, 'utf8');
  assert.deepEqual(
    environment.split('\0').filter((line) => line && !line.startsWith('NODE_CHANNEL')),
    [],
  );
  assert.doesNotMatch(lines.join(), /PRIVATE|BEGIN/);
});

test('what is rendered ahead is known when it is asked for, unless anything has changed since', async (t) => {
  const renderer = startRenderer(SETTINGS, { deadlineMs: 20_000, memoryMb: 200 });
  t.after(() => renderer.kill());
  const variant = { sslDir: '/ssl', filesDir: '/files', params: {} };
  const update = (name: string) =>
    renderer.update({
      changes: [SERVICES, config(TEMPLATE), put(pod({ name, ip: '10.0.0.1' }))].map(packChange),
      certificates: [],
      unread: [],
    });
  await update('a');
  const ahead = await renderer.renderAhead(variant);
  assert.equal(await renderer.render({ ...variant }), ahead, 'once');
  assert.notEqual(await renderer.render(variant), ahead, 'and not kept for longer');
  const late = renderer.renderAhead(variant);
  await update('b');
  const before = await late;
  const { rendering } = await renderer.render(variant);
  assert.notDeepEqual(rendering, before.rendering, 'not what it was before an update');
});

test('an intent that is accepted is rendered once: what it was tried by is served', async (t) => {
  const store = createStore('lb');
  const { endpoints: whole, intentUpdate } = store;
  const limits = { deadlineMs: 20_000, memoryMb: 200 };
  const trial = createTrial({ settings: SETTINGS, limits, whole, intentUpdate });
  t.after(() => trial.stop());
  const changes = [SERVICES, config(TEMPLATE), put(pod({ name: 'a' }))];
  const { intent = {} } = store.take({ changes, asOf: {}, isSynced: true, unread: [] });
  const tried = await trial.render(intent, VARIANT);
  assert.equal(tried.kind, 'rendered');
  const renderer = trial.give(intent) ?? assert.fail('it is gone');
  t.after(() => renderer.kill());
  const { rendering } = await renderer.render(VARIANT);
  assert.equal(rendering, tried);
});
