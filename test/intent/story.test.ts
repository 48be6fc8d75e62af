import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { Occurrence } from '../../functions/core/occurrence.ts';
import { eventName } from '../../functions/kubernetes/event-object.ts';
import { until } from '../kit/until.ts';
import { config, service, services, startJudged, TEMPLATE } from './judged.ts';

const GOOD = { api: service('api'), web: service('web') };
const BAD = service('bad', { hostnames: ['x } { bad'] });
const CONFIG = { template: TEMPLATE };

async function begin(t: TestContext) {
  const told: Occurrence[] = [];
  const started = startJudged(t, { tell: (occurrence) => told.push(occurrence) });
  started.deliver([services(GOOD), config(CONFIG)]);
  await started.text();
  await started.judged();
  const shown = () =>
    told.map(({ reason, object, key }) =>
      [reason, object.split('/')[2], key].filter(Boolean).join(' '),
    );
  /** Waits until so much has been told, and gives what is new. */
  const next = async (count: number) => {
    await until(`${count} are told`, () => told.length >= count);
    await started.judged();
    const all = shown();
    const notes = told.map(({ note }) => note);
    told.length = 0;
    return { all, notes };
  };
  return { ...started, next, told };
}

test('what was there before is nothing that happens', async (t) => {
  const { told } = await begin(t);
  assert.deepEqual(told, []);
});

test('the story of an entry: accepted, held back, mended, taken away', async (t) => {
  const { deliver, next, judged, told } = await begin(t);
  deliver([services({ ...GOOD, new: service('new') })]);
  const accepted = await next(1);
  assert.deepEqual(accepted.all, ['IntentAccepted services']);
  assert.match(accepted.notes[0] ?? '', /in revision sha256:[0-9a-f]{12}; it changes new$/);
  deliver([services({ ...GOOD, bad: BAD })]);
  const held = await next(2);
  assert.deepEqual(held.all.sort(), ['EntryHeldBack services bad', 'IntentAccepted services']);
  const note = held.notes.find((text) => text.includes('held back')) ?? '';
  assert.match(
    note,
    /^bad is held back, it is left out: HAProxy refuses it at .* \[haproxy-refuses\]\. /,
  );
  deliver([services({ ...GOOD, bad: service('bad') })]);
  const mended = await next(2);
  assert.deepEqual(mended.all.sort(), ['EntryAccepted services bad', 'IntentAccepted services']);
  deliver([services({ ...GOOD, bad: BAD })]);
  assert.deepEqual((await next(1)).all, ['EntryHeldBack services bad']);
  deliver([services(GOOD)]);
  await judged();
  assert.ok(!told.some(({ reason }) => reason === 'EntryAccepted'));
});

test('a replica that never judged what was held back tells of nothing that the others do not', async (t) => {
  const [one, other] = [await begin(t), await begin(t)];
  one.deliver([services({ ...GOOD, bad: BAD })]);
  await one.next(1);
  const mended = services({ ...GOOD, bad: service('bad') });
  for (const replica of [one, other]) replica.deliver([mended]);
  await until('both have told', () => one.told.length > 1 && other.told.length > 0);
  const names = one.told.map(eventName);
  assert.deepEqual(
    other.told.filter((occurrence) => !names.includes(eventName(occurrence))),
    [],
  );
});

test('what is held back stays so without another word, whatever else changes', async (t) => {
  const { deliver, next } = await begin(t);
  deliver([services({ ...GOOD, bad: BAD })]);
  await next(1);
  deliver([services({ ...GOOD, bad: BAD, more: service('more') })]);
  assert.deepEqual((await next(1)).all, ['IntentAccepted services']);
});

test('many at once are told by their number', async (t) => {
  const { deliver, next } = await begin(t);
  const odd = Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`s${i}`, '{']));
  deliver([services({ ...GOOD, ...odd })]);
  const { all, notes } = await next(11);
  assert.equal(all.length, 11);
  assert.match(notes.at(-1) ?? '', /^20 more are held back: /);
});

test('a template that is bad, and people who hold the fleet', async (t) => {
  const { deliver, next, publisher } = await begin(t);
  deliver([config({ template: '{% if %}' })]);
  assert.deepEqual((await next(1)).all, ['EntryHeldBack config']);
  publisher.steer({ isPaused: true });
  assert.deepEqual((await next(1)).all, ['RolloutPaused rollout']);
  deliver([services({ ...GOOD, new: service('new') })]);
  const waits = await next(1);
  assert.deepEqual(waits.all, ['IntentWaits services']);
  assert.match(waits.notes[0] ?? '', /rollout resume/);
  publisher.steer({ isPaused: false });
  const resumed = await next(2);
  assert.deepEqual(resumed.all.sort(), ['IntentAccepted services', 'RolloutResumed rollout']);
});

test('where nothing was good before, it is refused once', async (t) => {
  const told: Occurrence[] = [];
  const { deliver, judged } = startJudged(t, { tell: (occurrence) => told.push(occurrence) });
  deliver([services(GOOD), config({ template: '{% if %}' })]);
  await judged();
  await until('it is told', () => told.length > 0);
  assert.deepEqual(
    told.map(({ reason, object, key }) => [reason, object, key]),
    [['IntentRefused', 'configmaps/lb/config', 'template']],
  );
});
