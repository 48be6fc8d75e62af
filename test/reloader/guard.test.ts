import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createGuard } from '../../reloader/guard.ts';

test('the guard keeps the latest of all positions, and is dropped after two minutes of refusals', () => {
  let time = 0;
  const guard = createGuard({ pods: { lo: '5', hi: '9' } }, () => time);
  assert.equal(guard.take({ pods: { lo: '4', hi: '12' } }), false);
  assert.deepEqual({ ...guard.position() }, { pods: { lo: '5', hi: '12' } });
  assert.equal(guard.take({ pods: { lo: '13', hi: '13' } }), true);
  assert.equal(guard.refuse(), false);
  time = 119_999;
  assert.equal(guard.refuse(), false);
  assert.equal(guard.take({}), false);
  time += 60_000;
  assert.equal(guard.refuse(), false);
  time += 120_000;
  assert.equal(guard.refuse(), true);
  assert.deepEqual({ ...guard.position() }, {});
  assert.equal(guard.refuse(), false);
});
