import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hashIntent, type Intent, type Unit } from '../../functions/core/intent.ts';
import { toldFault } from '../../functions/intent/proxy-fault.ts';
import { createRefusedIntents } from '../../functions/intent/refused-intents.ts';

const intent = (services: Record<string, string>, template = 't'): Intent => ({
  services,
  config: { template },
});
const BASE = intent({ a: 'a1' });
const REFUSED = intent({ a: 'a1', b: 'bad', c: 'c1' });

/** Knows that proxies refuse one intent, for these units. */
function knowing(...units: readonly Unit[]) {
  let time = 0;
  const refused = createRefusedIntents({ namespace: 'lb', now: () => time });
  const revision = hashIntent(REFUSED);
  const fault = toldFault({ revision, message: 'no', namespace: 'lb' });
  refused.add(revision, { intent: REFUSED, fault });
  refused.attribute(new Map(units.map((unit) => [unit, fault])));
  const isBad = (other: Intent, base = BASE) => refused.find(other, base) !== undefined;
  const wait = (ms: number) => {
    time += ms;
  };
  return { refused, revision, isBad, wait };
}

test('what is refused is bad as it is, and with whatever comes beside it', () => {
  const { isBad } = knowing('services/b');
  assert.ok(isBad(REFUSED));
  assert.ok(isBad(intent({ ...REFUSED.services, d: 'd1' })));
  assert.ok(!isBad(intent({ a: 'a1', c: 'c1' })), 'it is not there');
  assert.ok(!isBad(intent({ ...REFUSED.services, b: 'mended' })));
  assert.ok(!isBad(intent({ ...REFUSED.services }, 'other')), 'it is tried with other templates');
});

test('it is tried again where what was beside it has changed or left, but not at each change', () => {
  const { isBad, wait } = knowing('services/b');
  const others = [intent({ a: 'a2', b: 'bad', c: 'c1' }), intent({ b: 'bad', c: 'c1' })];
  assert.deepEqual(
    others.map((other) => isBad(other)),
    [true, true],
  );
  wait(600_000);
  assert.deepEqual(
    others.map((other) => isBad(other)),
    [false, false],
  );
  assert.ok(isBad(intent({ ...REFUSED.services, d: 'd1' })), 'nothing that was beside it has');
});

test('of several that are held back together, none is let go by itself, and all with one that is mended', () => {
  const { isBad } = knowing('services/b', 'services/c');
  assert.ok(isBad(intent({ a: 'a1', b: 'bad' })));
  assert.ok(isBad(intent({ a: 'a1', c: 'c1' })));
  assert.ok(!isBad(intent({ a: 'a1', b: 'mended', c: 'c1' })));
});

test('while nothing is found out about it, only the very same is bad', () => {
  const { isBad, refused } = knowing();
  assert.ok(isBad(REFUSED));
  assert.ok(!isBad(intent({ ...REFUSED.services, d: 'd1' })));
  assert.deepEqual(refused.untold(), [], 'and there is nothing to tell the others');
});

test('what others have noted is known as if it was found out here, and told once', () => {
  const { refused, revision } = knowing('services/b');
  const [told] = refused.untold();
  assert.deepEqual(told, { hash: revision, refused: { units: ['services/b'], message: 'no' } });
  refused.told(revision);
  assert.deepEqual(refused.untold(), []);
  const other = createRefusedIntents({ namespace: 'lb' });
  const rest = { hash: revision, intent: REFUSED, at: '', by: [], held: [], number: 1 };
  const marks = { refused: told?.refused ?? assert.fail() };
  assert.equal(other.learn([{ ...rest, marks }]), true);
  assert.equal(other.learn([{ ...rest, marks }]), false);
  assert.deepEqual(other.find(REFUSED, BASE)?.units, ['services/b']);
  assert.deepEqual(other.untold(), []);
});
