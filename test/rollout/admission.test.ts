import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Candidate } from '../../functions/core/rollout.ts';
import type { Member } from '../../functions/rollout/member.ts';
import { admitStep, isAdmitted } from '../../functions/rollout/admission.ts';
import { formatStep, readSteps } from '../../functions/rollout/step.ts';

const hash = (digit: string) => `sha256:${digit.repeat(64)}`;
const proxiesOf = (count: number, fleet = ''): readonly Member[] =>
  Array.from({ length: count }, (_, i) => ({ name: `haproxy-${fleet}${i}`, fleet }));
const STEPS = readSteps('1,10%,50%,100%');
const start = (digit: string): Candidate => ({
  hash: hash(digit),
  step: 0,
  since: '',
  admitted: {},
});

function walk(candidate: Candidate, proxies: readonly Member[]): readonly (readonly string[])[] {
  let now = candidate;
  return STEPS.map((_, step) => {
    now = admitStep({ ...now, step }, proxies, STEPS);
    return proxies.filter((proxy) => isAdmitted(now, proxy, STEPS)).map(({ name }) => name);
  });
}

test('steps are read as people write them', () => {
  assert.deepEqual(STEPS.map(formatStep), ['1', '10%', '50%', '100%']);
  assert.deepEqual(readSteps(' 3 , 12.5% ,100% ').map(formatStep), ['3', '12.5%', '100%']);
  for (const wrong of ['', '1', '0,100%', '10%', '50%,10%,100%', '100%,100%', '10%,5,100%', '101%'])
    assert.throws(() => readSteps(wrong), /expected/, wrong);
});

for (const count of [1, 2, 6, 30, 1000])
  test(`of ${count} proxies each step admits its share, and whoever is in stays in`, () => {
    const steps = walk(start('a'), proxiesOf(count));
    const wanted = [1, Math.ceil(count / 10), Math.ceil(count / 2), count];
    assert.deepEqual(
      steps.map((names) => names.length),
      wanted,
    );
    steps.reduce((before, after) => {
      for (const name of before) assert.ok(after.includes(name), name);
      return after;
    });
  });

test('others are first for another revision', () => {
  const firsts = ['a', 'b', 'c', 'd', 'e', 'f'].map(
    (digit) => walk(start(digit), proxiesOf(50))[0],
  );
  assert.ok(new Set(firsts.map(String)).size > 3);
});

test('each fleet rolls out within its own proxies', () => {
  const fleets = [...proxiesOf(40, 'zone=a'), ...proxiesOf(4, 'zone=b')];
  const [first = [], second = [], half = []] = walk(start('a'), fleets);
  const of = (names: readonly string[], fleet: string) =>
    names.filter((name) => name.includes(fleet)).length;
  assert.deepEqual([of(first, 'zone=a'), of(first, 'zone=b')], [1, 1]);
  assert.deepEqual([of(second, 'zone=a'), of(second, 'zone=b')], [4, 1]);
  assert.deepEqual([of(half, 'zone=a'), of(half, 'zone=b')], [20, 2]);
});

test('a replica that sees part of the fleet adds to a count no more than what is missing', () => {
  const steps = readSteps('3,100%');
  const [a, b] = [proxiesOf(2, 'a'), proxiesOf(9, 'b')].map((proxies) =>
    proxies.map(({ name }) => ({ name, fleet: '' })),
  ) as [Member[], Member[]];
  const first = admitStep(start('a'), a, steps);
  const both = admitStep(first, b, steps);
  assert.equal(both.admitted['']?.names.length, 3);
  for (const { name } of a) assert.ok(both.admitted['']?.names.includes(name));
});

test('a fleet that nobody has counted is admitted by the share', () => {
  const candidate = { ...start('a'), step: 2 };
  const joined = proxiesOf(1000, 'zone=new').filter((p) => isAdmitted(candidate, p, STEPS));
  assert.ok(joined.length > 400 && joined.length < 600, String(joined.length));
});

test('a proxy that joins in the middle gets what its place says, and keeps that to the end of the step', () => {
  const half = admitStep({ ...start('a'), step: 2 }, proxiesOf(200), STEPS);
  const joined = Array.from({ length: 1000 }, (_, i) => ({ name: `joined-${i}`, fleet: '' }));
  const admitted = joined.filter((proxy) => isAdmitted(half, proxy, STEPS));
  assert.ok(admitted.length > 400 && admitted.length < 600, String(admitted.length));
  const counted = admitStep(half, [...proxiesOf(200), ...joined], STEPS);
  for (const proxy of admitted) assert.ok(isAdmitted(counted, proxy, STEPS), proxy.name);
  const first = admitStep(start('a'), proxiesOf(200), STEPS);
  assert.deepEqual(
    joined.filter((proxy) => isAdmitted(first, proxy, STEPS)),
    [],
  );
});
