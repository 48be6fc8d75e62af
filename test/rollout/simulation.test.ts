import { test } from 'node:test';
import { BAD, GOOD, simulate } from './simulation/simulate.ts';

test('three replicas lead rollouts of each kind: what is bad stays within its step, and what is good arrives', async (t) => {
  const seed = Number(process.env.SEED ?? Date.now() % 1_000_000);
  t.diagnostic(`SEED=${seed}`);
  await simulate({ seed, proxies: 60, kinds: [...GOOD, ...BAD] });
});
