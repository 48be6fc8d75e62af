/** Reuse between renders never shows: more than 10,000 renders of random templates over changing snapshots. */
import { test } from 'node:test';
import { compareReuse } from '../template/reuse.ts';
import { Seeded } from '../template/seeded.ts';

test('12,000 renders with reuse give the same as without', () => {
  for (let seed = 1000; seed < 2200; seed++) compareReuse(new Seeded(seed), 10);
});
