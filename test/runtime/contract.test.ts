import assert from 'node:assert/strict';
import { it } from 'node:test';
import { probe } from '../../reloader/haproxy/probe.ts';
import { oneOf, upTo } from '../kit/full-size.ts';
import { contract } from './contract.ts';
import { HAPROXY } from './haproxy.ts';

const RUNS = [
  { way: 'worker', seed: 1 },
  ...oneOf(2, [9, 2]).map((seed) => ({ way: 'master', seed }) as const),
] as const;

for (const { way, seed } of RUNS)
  it(`random changes end as a fresh start does, over the ${way} socket, by seed ${seed}`, async (t) => {
    const { addsBackends = false } = (await probe(HAPROXY)) ?? {};
    const tally = await contract(t, { seed, steps: upTo(11, 25), way });
    assert.ok(tally.runtime >= 5, JSON.stringify(tally));
    assert.ok(tally.mended >= 5, JSON.stringify(tally));
    assert.ok(!addsBackends || tally.backends >= 2, JSON.stringify(tally));
  });
