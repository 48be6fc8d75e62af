import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRound } from '../../reloader/audit/round.ts';

test('a round looks at everything in turn, and saves for what is dear', () => {
  const round = createRound(10);
  const take = (...all: readonly (readonly [file: string, cost: number])[]) =>
    round
      .take(all.map(([file, cost]) => ({ file, cost })))
      .map(({ file }) => file)
      .join('');
  const taken = Array.from({ length: 6 }, () => take(['c', 4], ['a', 4], ['B', 25], ['d', 5]));
  assert.deepEqual(taken, ['ac', 'da', 'cdaB', 'cd', 'ac', 'dacB']);
  assert.equal(take(), '');
  assert.equal(take(['x', 1], ['y', 1]), 'xy');
});
