import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { makeCertificate } from '../kit/certificate.ts';
import { configMap, pod, put, secret } from '../kit/objects.ts';
import { until } from '../kit/until.ts';
import { config, SERVICES, startPublisher, TEMPLATE } from './start.ts';

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
  test(`a template that ${what} costs its renderer, and nobody else notices`, async (t) => {
    const { deliver, etag, publisher, text } = startPublisher(t, { deadlineMs, memoryMb: 64 });
    deliver([SERVICES, config(TEMPLATE)]);
    const good = await etag();
    const { pid } = publisher.renderer();
    deliver([config(template)]);
    const failure = await until('it is told', () => publisher.status().variants[0]?.failure);
    assert.equal(failure.code, code);
    assert.equal(await etag(), good, 'the last good bundle stays');
    deliver([config(TEMPLATE), put(pod({ name: 'a', ip: '10.9.9.9' }))]);
    await until('it recovers', async () => (await text()) === 'web 10.9.9.9\n');
    assert.notEqual(publisher.renderer().pid, pid);
    assert.ok(publisher.renderer().starts >= 2);
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
