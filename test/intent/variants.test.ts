import assert from 'node:assert/strict';
import { test } from 'node:test';
import { until } from '../kit/until.ts';
import { bundle, VARIANT } from '../publish/start.ts';
import { config, service, services, startJudged, TEMPLATE } from './judged.ts';

const OF_ZONE_C = { ...VARIANT, params: { zone: 'c' } };

for (const [what, line] of [
  ['the template fails', '{{ services[99].name }}'],
  ['HAProxy refuses', '  nonsense'],
])
  test(`parameters of a poller for which ${what} in what is served hold up nothing that is new`, async (t) => {
    const { deliver, text, ask, judged, held } = startJudged(t);
    const template = `${TEMPLATE}{% if params.zone == 'c' %}${line}\n{% endif %}`;
    const data = { a: service('a') };
    deliver([services(data), config({ template })]);
    await text();
    await judged();
    await ask({ variant: OF_ZONE_C });
    deliver([services({ ...data, b: service('b') })]);
    await until('what is new is served', async () => (await text()).includes('backend b'));
    deliver([
      services({ ...data, b: service('b'), bad: service('bad', { hostnames: ['x } { bad'] }) }),
    ]);
    await judged();
    assert.deepEqual(held(), ['services/bad']);
    deliver([config({ template: TEMPLATE })]);
    await until('it is mended for those parameters, too', async () => {
      const answer = await ask({ variant: OF_ZONE_C });
      return answer.kind === 'bundle' && bundle(answer).config.includes('backend b');
    });
  });

test('what is new and fails only for the parameters of a poller is held back', async (t) => {
  const { deliver, text, ask, judged, held } = startJudged(t);
  deliver([services({ a: service('a') }), config({ template: TEMPLATE })]);
  await text();
  await judged();
  await ask({ variant: OF_ZONE_C });
  const template = `${TEMPLATE}{% if params.zone == 'c' %}  nonsense\n{% endif %}`;
  deliver([config({ template })]);
  await judged();
  assert.deepEqual(held(), ['config']);
});

test('parameters that fail at the first start leave all others served', async (t) => {
  const { deliver, text, ask, judged, held } = startJudged(t);
  const waiting = ask({ variant: OF_ZONE_C, waitMs: 30_000 });
  const template = `${TEMPLATE}{% if params.zone == 'c' %}{{ services[99].name }}{% endif %}\n`;
  deliver([services({ a: service('a') }), config({ template })]);
  assert.match(await text(), /backend a/);
  assert.notEqual((await waiting).kind, 'bundle');
  await judged();
  assert.deepEqual(held(), []);
  deliver([services({ a: service('a'), b: service('b') })]);
  await until('what is new is served', async () => (await text()).includes('backend b'));
});
