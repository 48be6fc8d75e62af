import assert from 'node:assert/strict';
import { it } from 'node:test';
import { contract } from './contract.ts';

for (const way of ['worker', 'master'] as const)
  it(`random changes end as a fresh start does, over the ${way} socket`, async (t) => {
    const tally = await contract(t, { seed: way === 'worker' ? 1 : 2, steps: 25, way });
    assert.ok(tally.runtime >= 5, JSON.stringify(tally));
    assert.ok(tally.mended >= 5, JSON.stringify(tally));
  });
