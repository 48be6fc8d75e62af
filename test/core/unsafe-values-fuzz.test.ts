import assert from 'node:assert/strict';
import { test } from 'node:test';
import { upTo } from '../kit/full-size.ts';
import { fuzz } from './unsafe/worlds.ts';

test('mutated values keep the structure of what is delivered, or are left out', () => {
  const count = upTo(350, 2_000);
  const { values, leftOut } = fuzz(1, count, upTo(25, 200));
  assert.ok(values >= count && leftOut > count / 50 && leftOut < values);
});
