import assert from 'node:assert/strict';
import { it } from 'node:test';
import { probe } from '../../reloader/haproxy/probe.ts';
import { upTo } from '../kit/full-size.ts';
import { contract } from './contract.ts';
import { HAPROXY } from './haproxy.ts';

for (const way of ['worker', 'master'] as const)
  it(`random changes end as a fresh start does, over the ${way} socket`, async (t) => {
    const { addsBackends = false } = (await probe(HAPROXY)) ?? {};
    const tally = await contract(t, { seed: way === 'worker' ? 1 : 9, steps: upTo(17, 25), way });
    assert.ok(tally.runtime >= 5, JSON.stringify(tally));
    assert.ok(tally.mended >= 5, JSON.stringify(tally));
    assert.ok(!addsBackends || tally.backends >= 2, JSON.stringify(tally));
  });
