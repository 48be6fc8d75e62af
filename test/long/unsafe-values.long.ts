import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fuzz } from '../core/unsafe/worlds.ts';

test('a million mutated values keep the structure of what is delivered, or are left out', (t) => {
  const { values, leftOut } = fuzz(2, 1_000_000);
  t.diagnostic(`${values} values, ${leftOut} entries left out`);
  assert.ok(values >= 1_000_000 && leftOut > 10_000);
});
