import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatSummary, parseSummary } from '../../functions/rollout/evidence-packing.ts';
import {
  type Ends,
  type EvidenceSummary,
  mergeSummaries,
  NO_SUMMARY,
  RECENT_WINDOWS,
  type Aggregates,
  aggregatesOf,
} from '../../functions/rollout/evidence-summary.ts';
import { createRandom, type Random } from '../runtime/random.ts';

function anyTallies(random: Random): Aggregates {
  return aggregatesOf(() => {
    const [of, proxies] = [random.below(1e9), random.below(1000)];
    return { bad: random.below(of + 1), of, proxies, worse: random.below(proxies + 1) };
  });
}

function anyEnds(random: Random): Ends {
  const proxies = random.below(1000);
  const example = random.chance(0.5) ? { example: `proxy-${random.below(9)}` } : {};
  return {
    proxies,
    dead: random.below(proxies + 1),
    outOfMemory: random.below(proxies + 1),
    ...example,
  };
}

function anySummary(random: Random): EvidenceSummary {
  const aggregates = () => anyTallies(random);
  const sides = () => ({ candidate: aggregates(), stable: aggregates() });
  return {
    looks: random.below(100),
    recent: Array.from({ length: RECENT_WINDOWS }, sides),
    peak: aggregates(),
    step: sides(),
    before: aggregates(),
    worst: aggregates(),
    ends: { candidate: anyEnds(random), stable: anyEnds(random) },
  };
}

test('what replicas know adds up to the same in any order, and nothing adds nothing', () => {
  const random = createRandom(1);
  for (let trial = 0; trial < 200; trial++) {
    const [a, b, c] = [anySummary(random), anySummary(random), anySummary(random)];
    assert.deepEqual(mergeSummaries(a, b), mergeSummaries(b, a));
    assert.deepEqual(
      mergeSummaries(mergeSummaries(a, b), c),
      mergeSummaries(a, mergeSummaries(b, c)),
    );
    assert.deepEqual(mergeSummaries(a, NO_SUMMARY), a);
  }
});

test('a summary is told in few characters, and read as it was', () => {
  const random = createRandom(2);
  for (let trial = 0; trial < 200; trial++) {
    const summary = anySummary(random);
    const text = formatSummary(summary);
    assert.deepEqual(parseSummary(text), summary);
    assert.ok(text.length < 1500, `${text.length} characters`);
  }
  assert.ok(formatSummary(NO_SUMMARY).length < 400);
});

test('whatever else stands there is no summary', () => {
  const random = createRandom(3);
  const text = formatSummary(anySummary(random));
  for (let trial = 0; trial < 1000; trial++) {
    const at = random.below(text.length);
    const garbled = text.slice(0, at) + String.fromCharCode(random.below(127)) + text.slice(at + 1);
    const read = parseSummary(random.chance(0.5) ? garbled : text.slice(0, at));
    if (read) assert.ok(parseSummary(formatSummary(read)));
  }
  for (const bad of ['', '{}', '[]', 'null', text.replace(/\d+/, '-1'), text.replace(/\d+/, '1.5')])
    assert.equal(parseSummary(bad), undefined, bad);
});
