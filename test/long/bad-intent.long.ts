import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { HAPROXY } from '../kit/haproxy.ts';
import { startLoad } from '../kit/load.ts';
import { type Loop, namedBackend, startLoop } from '../kit/loop.ts';
import { get } from '../kit/request.ts';
import { until } from '../kit/until.ts';

const FAULTS: readonly [what: string, spoil: (template: string) => string][] = [
  ['does not compile', (template) => `${template}{% if`],
  ['throws', (template) => `${template}{{ nothing.at.all }}`],
  [
    'loops for ever',
    (template) =>
      `${template}{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}`,
  ],
  [
    'eats memory',
    (template) =>
      `${template}{% set ns = namespace(x=[]) %}{% for a in range(9999) %}{% set ns.x = ns.x + [[a] * 99999] %}{% endfor %}`,
  ],
  ['is refused by HAProxy', (template) => `${template}\n  no such keyword\n`],
];

const statusOf = async ({ service }: Loop) => {
  const { text } = await get(Number(new URL(service.url).port), '/status');
  return JSON.parse(text) as { intent: { state: string; held: { unit: string }[] } };
};

/** Pods of a Deployment: none has the name of an earlier one. */
async function backends(t: TestContext) {
  const names = Array.from({ length: 9 }, (_, i) => `pod-${i}`);
  const all = await Promise.all(names.map((name) => namedBackend(t, name)));
  return [all.slice(0, 3), all.slice(3, 6), all.slice(6)];
}

for (const [what, spoil] of FAULTS)
  test(`while a template ${what}, pods that move reach HAProxy, and no request is lost`, async (t) => {
    const loop = await startLoop(t, {
      CHECK_WITH: HAPROXY,
      RENDER_DEADLINE: '2',
      RENDER_MEMORY: '96',
    });
    const [before = [], meanwhile = [], after = []] = await backends(t);
    for (const backend of before) await loop.turnTo(backend);
    const load = startLoad(t, { port: loop.port, keepAlive: false });
    await loop.write(spoil(loop.template));
    for (const backend of meanwhile) await loop.turnTo(backend);
    await until('it is held back', async () => (await statusOf(loop)).intent.state === 'held back');
    for (const backend of after) await loop.turnTo(backend);
    await load.stop();
    assert.deepEqual(load.failures, []);
    assert.ok(load.answered() > 0);
    assert.deepEqual(
      (await statusOf(loop)).intent.held.map(({ unit }) => unit),
      ['config'],
    );
  });
