import assert from 'node:assert/strict';
import { test } from 'node:test';
import { upTo } from '../kit/full-size.ts';
import { compileRandom } from './fuzz-parser.ts';
import { Seeded } from './seeded.ts';

test('random sources compile, or are refused with a place; none crashes or hangs', () => {
  const random = new Seeded(7);
  const counts = { compiled: 0, refused: 0 };
  const all = upTo(3_000, 8_000);
  for (let i = 0; i < all; i++) counts[compileRandom(random)]++;
  assert.ok(counts.compiled > all / 10 && counts.refused > all / 10, JSON.stringify(counts));
});
