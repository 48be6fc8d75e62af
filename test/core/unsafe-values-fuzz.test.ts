import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fuzz } from './unsafe/worlds.ts';

test('mutated values keep the structure of what is delivered, or are left out', () => {
  const { values, leftOut } = fuzz(1, 2_000);
  assert.ok(values >= 2_000 && leftOut > 40 && leftOut < values);
});
