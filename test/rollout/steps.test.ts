import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatStep, readSteps } from '../../functions/rollout/step.ts';

test('steps are counts of proxies, then shares of the fleet, up to all of it', () => {
  for (const text of ['100%', '1,100%', '1,10%,50%,100%', '1,5,100,0.5%,100%'])
    assert.equal(readSteps(text).map(formatStep).join(), text);
  assert.deepEqual(readSteps(' 1 , 100% '), readSteps('1,100%'));
});

test('steps that do not grow, or do not end with the whole fleet, are refused', () => {
  for (const text of ['5,1,100%', '1,1,100%', '50%,10%,100%', '10%,10%,100%', '10%,1,100%'])
    assert.throws(() => readSteps(text), /steps that grow/, text);
  for (const text of ['1', '50%', '1,99.999%'])
    assert.throws(() => readSteps(text), /100% as the last step/, text);
  for (const text of ['', '0', '0%', '101,100%', '101%', '-1,100%', '1.5,100%', '100%,', 'all'])
    assert.throws(() => readSteps(text), Error, text);
});
