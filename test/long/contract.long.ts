import { it } from 'node:test';
import { contract } from '../runtime/contract.ts';

/** SEEDS=FROM-TO STEPS=N node --test dist/test/long/contract.long.js */
const [from = 1, to = 20] = (process.env.SEEDS ?? '1-20').split('-').map(Number);
const steps = Number(process.env.STEPS ?? 40);

for (let seed = from; seed <= to; seed += 1)
  it(`random changes end as a fresh start does: seed ${seed}`, async (t) => {
    const tally = await contract(t, { seed, steps, way: seed % 4 === 0 ? 'master' : 'worker' });
    t.diagnostic(JSON.stringify({ ...tally, reasons: [...tally.reasons] }));
  });
