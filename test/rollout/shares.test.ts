import assert from 'node:assert/strict';
import { test } from 'node:test';
import { incompleteBeta } from '../../functions/rollout/incomplete-beta.ts';
import { formatShare, largestShare, leastShare } from '../../functions/rollout/share.ts';
import { chanceOf, isSpread } from '../../functions/rollout/spread.ts';

const isNear = (actual: number, expected: number, within = 1e-6) =>
  assert.ok(Math.abs(actual - expected) <= within, `${actual} is not near ${expected}`);

/** Of the binomial distribution: the chance of at least so many. */
function upperTail(bad: number, of: number, share: number): number {
  let term = (1 - share) ** of;
  let below = 0;
  for (let k = 0; k < bad; k++) {
    below += term;
    term *= ((of - k) / (k + 1)) * (share / (1 - share));
  }
  return 1 - below;
}

test('the incomplete beta function is the tail of the binomial distribution', () => {
  for (const [bad, of, share] of [
    [1, 10, 0.1],
    [5, 20, 0.4],
    [30, 100, 0.2],
    [3, 1000, 0.001],
  ] as const)
    isNear(incompleteBeta(share, bad, of - bad + 1), upperTail(bad, of, share));
});

test('bounds are those of Clopper and Pearson, as published', () => {
  isNear(leastShare({ bad: 10, of: 100 }, 0.025), 0.0490046, 1e-6);
  isNear(largestShare({ bad: 10, of: 100 }, 0.025), 0.1762226, 1e-6);
  isNear(largestShare({ bad: 0, of: 100 }, 0.05), 1 - 0.05 ** (1 / 100), 1e-9);
  isNear(leastShare({ bad: 20, of: 20 }, 0.05), 0.05 ** (1 / 20), 1e-9);
  assert.equal(leastShare({ bad: 0, of: 5 }, 0.05), 0);
  assert.equal(largestShare({ bad: 5, of: 5 }, 0.05), 1);
});

test('bounds hold for any number of requests, and narrow with it', () => {
  const [few, many] = [
    leastShare({ bad: 5, of: 100 }, 1e-6),
    leastShare({ bad: 5e8, of: 1e10 }, 1e-6),
  ];
  assert.ok(few < many && many < 0.05);
  assert.ok(largestShare({ bad: 0, of: 1e12 }, 1e-6) < 2e-5);
});

test("the chance that those that do worse are the candidate's is Fisher's", () => {
  isNear(chanceOf({ worse: 1, proxies: 1 }, { worse: 0, proxies: 299 }), 1 / 300);
  isNear(chanceOf({ worse: 3, proxies: 10 }, { worse: 0, proxies: 10 }), 120 / 1140);
  isNear(chanceOf({ worse: 0, proxies: 10 }, { worse: 4, proxies: 10 }), 1);
  isNear(chanceOf({ worse: 10, proxies: 10 }, { worse: 90, proxies: 90 }), 1);
});

test('one bad node of many is no bad revision, half of the proxies are', () => {
  assert.ok(!isSpread({ worse: 1, proxies: 30 }, { worse: 0, proxies: 270 }));
  assert.ok(isSpread({ worse: 15, proxies: 30 }, { worse: 3, proxies: 270 }));
  assert.ok(!isSpread({ worse: 30, proxies: 30 }, { worse: 270, proxies: 270 }));
});

test('where there are few proxies or no others, chance is not what decides', () => {
  assert.ok(isSpread({ worse: 1, proxies: 1 }, { worse: 0, proxies: 2 }));
  assert.ok(!isSpread({ worse: 1, proxies: 3 }, { worse: 0, proxies: 3 }));
  assert.ok(!isSpread({ worse: 1, proxies: 300 }, { worse: 0, proxies: 0 }));
  assert.ok(!isSpread({ worse: 1, proxies: 3 }, { worse: 0, proxies: 0 }));
  assert.ok(isSpread({ worse: 2, proxies: 3 }, { worse: 0, proxies: 0 }));
  assert.ok(isSpread({ worse: 1, proxies: 1 }, { worse: 0, proxies: 0 }));
  assert.ok(!isSpread({ worse: 1, proxies: 1 }, { worse: 20, proxies: 59 }), 'others do so, too');
});

test('shares are told with what digits say something', () => {
  assert.deepEqual([0, 0.00001, 0.0024, 0.016, 0.5].map(formatShare), [
    '0%',
    'under 0.01%',
    '0.24%',
    '1.6%',
    '50%',
  ]);
});
