import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compileRandom } from './fuzz-parser.ts';
import { Seeded } from './seeded.ts';

test('8,000 random sources compile, or are refused with a place; none crashes or hangs', () => {
  const random = new Seeded(7);
  const counts = { compiled: 0, refused: 0 };
  for (let i = 0; i < 8_000; i++) counts[compileRandom(random)]++;
  assert.ok(counts.compiled > 800 && counts.refused > 800, JSON.stringify(counts));
});
