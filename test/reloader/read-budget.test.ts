import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createReadBudget } from '../../reloader/evidence/read-budget.ts';

test('of what is large less is read, so that all costs little', async () => {
  const all = { info: true, backends: true, servers: true };
  const none = { info: false, backends: false, servers: false };
  const reading = (stat: number, servers: number, answers = 1) => ({
    size: { stat, servers },
    counters: { pid: 1, uptimeS: 1, frontends: { answers, failures: 0 } },
  });
  const budget = createReadBudget();
  assert.deepEqual(budget.next(0), all);
  budget.note(all, reading(2_500, 7_500), 0);
  assert.deepEqual(budget.next(10_000), none, '100 servers');
  assert.deepEqual(budget.next(20_000), { ...none, backends: true });
  assert.deepEqual(budget.next(30_000), { ...all, servers: false }, 'memory is looked after');
  assert.deepEqual(budget.next(100_000), all);
  budget.note(all, reading(43_000, 75_000), 100_000);
  assert.deepEqual(budget.next(350_000), { ...none, info: true }, '1,000 servers');
  assert.deepEqual(budget.next(440_000), all);
  budget.note(all, reading(43_000, 75_000, 0), 440_000);
  const soon = { info: true, backends: true, servers: false };
  assert.deepEqual(budget.next(530_000), soon, 'in mode tcp backends alone show failures');
});
