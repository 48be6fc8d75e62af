import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BAD, GOOD, type Kind, simulate } from '../rollout/simulation/simulate.ts';
import { createRandom } from '../runtime/random.ts';

const PROXIES = Number(process.env.PROXIES ?? 300);
const ROLLOUTS = Number(process.env.ROLLOUTS ?? 200);
const KINDS = [...GOOD, ...BAD];

const plain = (kind: Kind) => GOOD.some((good) => good === kind);

test(`${ROLLOUTS} rollouts of all kinds, and ${ROLLOUTS} good ones, by three replicas to ${PROXIES} proxies, in time that is made up`, async (t) => {
  const seed = Number(process.env.SEED ?? Date.now() % 1_000_000);
  t.diagnostic(`SEED=${seed}`);
  const random = createRandom(seed);
  const kinds = Array.from({ length: ROLLOUTS }, () => random.pick(KINDS));
  const all = await simulate({ seed, proxies: PROXIES, kinds });
  const halted = all.filter(({ halted }) => halted !== undefined);
  assert.deepEqual(
    halted.map(({ kind }) => plain(kind)),
    halted.map(() => false),
  );
  const touched = halted.reduce((sum, one) => sum + one.touched, 0);
  t.diagnostic(`${halted.length} were halted, after ${touched} proxies in all had run them`);
  const good = Array.from({ length: ROLLOUTS }, () => random.pick(GOOD));
  const arrived = await simulate({ seed: seed + 1, proxies: PROXIES, kinds: good });
  assert.equal(arrived.filter(({ halted }) => halted === undefined).length, ROLLOUTS);
});
