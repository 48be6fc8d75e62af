/** SEED=N node --test dist/test/long/template-parser.long.js: a million random sources. */
import { test } from 'node:test';
import { compileRandom } from '../template/fuzz-parser.ts';
import { Seeded } from '../template/seeded.ts';

test('a million random sources compile, or are refused with a place', () => {
  const random = new Seeded(Number(process.env.SEED ?? 1));
  for (let i = 0; i < 1_000_000; i++) compileRandom(random);
});
