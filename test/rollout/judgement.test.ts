import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type EvidenceSummary,
  NO_SUMMARY,
  NO_AGGREGATE,
  RECENT_WINDOWS,
  type Sides,
  type Aggregates,
  type Aggregate,
  aggregatesOf,
} from '../../functions/rollout/evidence-summary.ts';
import type { InterimLook } from '../../functions/rollout/interim-look.ts';
import { type JudgedStep, judge } from '../../functions/rollout/judgement.ts';
import { createRandom } from '../runtime/random.ts';
import { runRollout, THRESHOLDS, type World } from './evidence-world.ts';

/** The long tests have ten times as many. */
const ROUNDS = Number(process.env.ROUNDS ?? 0.5);

const USUAL = 0.002;

const answersOnly = (answers: Aggregate) =>
  aggregatesOf((measure) => (measure === 'answers' ? answers : NO_AGGREGATE));

/** A summary in which every window is like the other. */
function summaryOf(one: {
  readonly candidate: Aggregate;
  readonly stable: Aggregate;
  readonly before?: Aggregate;
  readonly looks?: number;
}): EvidenceSummary {
  const { candidate, stable, before = NO_AGGREGATE, looks = 1 } = one;
  const sides: Sides = { candidate: answersOnly(candidate), stable: answersOnly(stable) };
  const heard = (proxies: number) => ({ proxies, dead: 0, outOfMemory: 0 });
  return {
    looks,
    recent: Array.from({ length: RECENT_WINDOWS }, () => sides),
    peak: sides.stable,
    step: sides,
    before: answersOnly(before),
    worst: answersOnly(before),
    ends: { candidate: heard(candidate.proxies), stable: heard(stable.proxies) },
  };
}

const of = (
  bad: number,
  all: number,
  proxies = 10,
  worse = bad > 0.02 * all ? proxies : 0,
): Aggregate => ({
  bad,
  of: all,
  proxies,
  worse,
});

const judged = (summary: EvidenceSummary, change: Partial<JudgedStep> = {}) =>
  judge({ summary, soakedMs: 30_000, soakMs: 60_000, thresholds: THRESHOLDS, ...change });

test('a candidate that fails more often than the others is bad, and the numbers say why', () => {
  const verdict = judged(summaryOf({ candidate: of(50, 1000), stable: of(100, 50_000, 90) }));
  assert.deepEqual(verdict, {
    kind: 'bad',
    by: 'answers',
    reason:
      'answers of 500 and above: 5.0% (50 of 1000) with the candidate, 0.20% (100 of 50000) on the stable revision; 10 of 10 proxies do worse than expected',
  });
});

test('one that fails as often as it did before is not, whatever the others do', () => {
  const [candidate, stable] = [of(50, 1000), of(100, 50_000, 90)];
  assert.equal(judged(summaryOf({ candidate, stable, before: of(500, 10_000) })).kind, 'good');
  assert.equal(judged(summaryOf({ candidate, stable, before: of(20, 10_000) })).kind, 'bad');
});

test('a difference within the tolerance is none, however sure it is', () => {
  const summary = summaryOf({ candidate: of(90_000, 1e7), stable: of(1000, 1e8, 90) });
  assert.equal(judged(summary).kind, 'good');
});

test('a second window of few of the proxies is none of all of them', () => {
  const summary = summaryOf({ candidate: of(50, 1000), stable: of(100, 50_000, 90) });
  const [first, second, third] = summary.recent as [Sides, Sides, Sides];
  const few = { ...second, candidate: answersOnly(of(20, 400, 4)) };
  assert.equal(judged({ ...summary, recent: [first, few, third] }).kind, 'good');
  const most = { ...second, candidate: answersOnly(of(30, 600, 6)) };
  assert.equal(judged({ ...summary, recent: [first, most, third] }).kind, 'bad');
});

test('what few have told since the step began is not compared with what most have told before', () => {
  const summary = summaryOf({ candidate: of(450, 3000, 1), stable: of(2000, 59_000, 59, 3) });
  assert.equal(judged(summary).kind, 'bad');
  const step = { candidate: summary.step.candidate, stable: answersOnly(of(0, 1000, 1)) };
  const recent = summary.recent.map(({ stable }) => ({
    candidate: answersOnly(of(440, 3000, 1)),
    stable,
  }));
  const begun = { ...summary, step, recent, peak: answersOnly(of(7000, 59_000, 59, 20)) };
  assert.notEqual(judged(begun).kind, 'bad');
});

test('few requests are waited for, for four soaks at most, and not at all where none come', () => {
  const summary = summaryOf({ candidate: of(1, 20), stable: of(0, 5000, 90) });
  assert.deepEqual(judged(summary), { kind: 'wait', why: '20 of 100 requests seen' });
  const late = judged(summary, { soakedMs: 240_000 });
  assert.deepEqual(late, { kind: 'good', note: 'too little is known: 20 of 100 requests seen' });
  const quiet = summaryOf({ candidate: of(0, 0), stable: of(0, 0, 90) });
  assert.equal(judged(quiet).kind, 'good');
  assert.equal(judged(NO_SUMMARY).kind, 'good');
});

test('a handful of requests halts nothing, should all of them fail', () => {
  const summary = summaryOf({ candidate: of(5, 5), stable: of(0, 5000, 90) });
  assert.deepEqual(judged(summary), { kind: 'wait', why: '5 of 100 requests seen' });
});

test('a proxy of the candidate that is not heard is waited for where others are', () => {
  const summary = summaryOf({ candidate: of(0, 0, 0), stable: of(0, 5000, 90) });
  assert.deepEqual(judged(summary), { kind: 'wait', why: 'no proxy has reported its counts yet' });
});

test('what looks bad and is not sure yet is waited for', () => {
  const verdict = judged(summaryOf({ candidate: of(8, 200), stable: of(10, 5000, 90) }));
  assert.ok(verdict.kind === 'wait' && verdict.why.startsWith('not sure yet: answers of 500'));
});

test('the more often it is looked, the surer it is to be', () => {
  const [candidate, stable] = [of(30, 500), of(10, 5000, 90)];
  assert.equal(judged(summaryOf({ candidate, stable })).kind, 'bad');
  assert.equal(judged(summaryOf({ candidate, stable, looks: 100_000 })).kind, 'wait');
});

test('HAProxy that dies or runs out of memory counts at once', () => {
  const ends = (dead: number, others: number) => ({
    ...NO_SUMMARY,
    ends: {
      candidate: { proxies: 3, dead, outOfMemory: 0, example: 'lb-7' },
      stable: { proxies: 27, dead: others, outOfMemory: 0 },
    },
  });
  assert.deepEqual(judged(ends(1, 0)), {
    kind: 'bad',
    by: 'end',
    reason:
      'HAProxy died on 1 of 3 proxies of the candidate (lb-7), on 0 of 27 on the stable revision',
  });
  assert.equal(judged(ends(1, 9)).kind, 'good', 'those on the stable revision die as often');
  assert.equal(judged(ends(0, 9)).kind, 'good');
});

test('of thousands of steps that do no harm none is halted', () => {
  const random = createRandom(5);
  const draw = (all: number, share: number) => {
    let bad = 0;
    for (let request = 0; request < all; request++) if (random.chance(share)) bad += 1;
    return bad;
  };
  for (let trial = 0; trial < 3_000 * ROUNDS; trial++) {
    const share = random.pick([0, 0.001, 0.01, 0.1, 0.5]);
    const [ours, theirs] = [100 + random.below(400), 100 + random.below(1500)];
    const candidate = of(draw(ours, share), ours);
    const stable = of(draw(theirs, share), theirs, 90);
    const verdict = judged(summaryOf({ candidate, stable }));
    assert.notEqual(verdict.kind, 'bad', JSON.stringify({ trial, verdict }));
  }
});

/** A thousand proxies: what a window shows is beside 300 others at this replica. */
const glimpseOf = (change: Partial<Record<keyof InterimLook, Aggregate>>): InterimLook => {
  const aggregates = { candidate: of(100, 1000, 1), stable: of(60, 30_000, 30) };
  const all = { ...aggregates, peak: of(900, 300_000, 300, 0), worst: of(2, 1000, 1), ...change };
  const [candidate, stable, peak, worst] = [all.candidate, all.stable, all.peak, all.worst].map(
    answersOnly,
  ) as [Aggregates, Aggregates, Aggregates, Aggregates];
  return { number: 1, candidate, stable, peak, worst };
};
const atOnce = (change: Parameters<typeof glimpseOf>[0] = {}) =>
  judged(NO_SUMMARY, { interimLook: glimpseOf(change) }).kind;

test('one window decides where it is gross, beside enough others that show nothing of the kind', () => {
  assert.equal(atOnce(), 'bad');
  assert.equal(atOnce({ candidate: of(50, 1000, 1) }), 'good', 'it is slight');
  assert.equal(atOnce({ candidate: of(9, 90, 1) }), 'good', 'of too few requests');
  assert.equal(atOnce({ stable: of(60, 29_000, 29) }), 'good', 'beside too few others');
  assert.equal(atOnce({ stable: of(1500, 30_000, 30) }), 'good', 'the others fail as well');
  assert.equal(atOnce({ worst: of(80, 1000, 1) }), 'good', 'it did so before');
  assert.equal(atOnce({ peak: of(900, 300_000, 300, 2) }), 'good', 'others do now and then');
  assert.equal(atOnce({ peak: of(900, 90_000, 90, 0) }), 'good', 'one of 90 may be so by chance');
});

test('the more often one window is looked at, and by the more replicas, the surer it is to be', () => {
  const interimLook = glimpseOf({});
  const kinds = [
    {},
    { interimLook: { ...interimLook, number: 10_000 } },
    { replicas: 1_000_000 },
  ].map((change) => judged(NO_SUMMARY, { interimLook, ...change }).kind);
  assert.deepEqual(kinds, ['bad', 'good', 'good']);
});

/** The same rollout with other numbers. */
function endings(count: number, world: Omit<World, 'seed'>) {
  return Array.from({ length: count }, (_, index) => runRollout({ ...world, seed: index + 1 }));
}

const isFlapping = (atS: number) => Math.floor((atS + 1000) / 20) % 2 === 1;

/** A number from 0 to 1 for these, always the same. */
function lot(...numbers: readonly number[]): number {
  let mixed = 7;
  for (const number of numbers) {
    mixed = Math.imul(mixed ^ number, 0x5bd1e995);
    mixed ^= mixed >>> 15;
  }
  return (Math.imul(mixed, 0x9e3779b1) >>> 0) / 2 ** 32;
}

const HARMLESS: readonly (readonly [string, Omit<World, 'seed'>])[] = [
  ['fails as seldom as before', { proxies: 60, rate: 20, failing: () => USUAL }],
  ['has hardly any requests', { proxies: 60, rate: 0.05, failing: () => 0.02 }],
  [
    'has proxies that always fail more than others',
    { proxies: 60, rate: 20, failing: ({ index }) => (index % 10 === 0 ? 0.2 : USUAL) },
  ],
  [
    'has one proxy of hundreds that goes mad',
    {
      proxies: 200,
      rate: 20,
      failing: ({ index }, atS) => (index === 5 && atS > 80 ? 0.9 : USUAL),
    },
  ],
  [
    'has backends that flap for all',
    { proxies: 60, rate: 20, failing: (_, atS) => (isFlapping(atS) ? 0.3 : USUAL) },
  ],
  [
    'has proxies that flap, each for itself',
    {
      proxies: 60,
      rate: 100,
      failing: ({ index }, atS) => (lot(index, Math.floor(atS / 10)) < 0.4 ? 0.15 : USUAL),
    },
  ],
  [
    'has servers that are down for all',
    { proxies: 60, rate: 20, failing: () => USUAL, down: (_, atS) => (atS > 30 ? 5 : 0) },
  ],
];

for (const [what, world] of HARMLESS)
  test(`a rollout is not halted that ${what}`, () => {
    for (const { halted } of endings(2 * ROUNDS, world)) assert.equal(halted, undefined);
  });

const HARMFUL: readonly (readonly [string, number, Omit<World, 'seed'>])[] = [
  [
    'fails on one path of six',
    1,
    { proxies: 60, rate: 100, failing: ({ isOnCandidate }) => (isOnCandidate ? 0.16 : USUAL) },
  ],
  [
    'fails always, with few requests',
    2,
    { proxies: 60, rate: 2, failing: ({ isOnCandidate }) => (isOnCandidate ? 1 : USUAL) },
  ],
  [
    'fails a little more often',
    3,
    { proxies: 60, rate: 20, failing: ({ isOnCandidate }) => (isOnCandidate ? 0.03 : USUAL) },
  ],
  [
    'is a slow poison',
    3,
    {
      proxies: 60,
      rate: 20,
      failing: ({ isOnCandidate }, atS) => (isOnCandidate ? Math.min(1, atS / 2000) : USUAL),
    },
  ],
  [
    'fails where backends flap for all',
    3,
    {
      proxies: 60,
      rate: 20,
      failing: ({ isOnCandidate }, atS) =>
        (isFlapping(atS) ? 0.3 : USUAL) + (isOnCandidate ? 0.3 : 0),
    },
  ],
  [
    'finds servers down that are up',
    2,
    {
      proxies: 60,
      rate: 20,
      failing: () => USUAL,
      down: ({ isOnCandidate }) => (isOnCandidate ? 5 : 0),
    },
  ],
];

for (const [what, lastStep, world] of HARMFUL)
  test(`a rollout is halted by step ${lastStep} that ${what}`, () => {
    for (const { halted } of endings(2 * ROUNDS, world))
      assert.ok(halted && halted.step <= lastStep, JSON.stringify(halted));
  });

test('what is gross is halted within five seconds of the first that tells of it, at 1,000 proxies', () => {
  const all = [
    [0.1, 1],
    [0, 1],
    [0.5, 1],
  ];
  for (const steps of ROUNDS < 1 ? all.slice(0, 1) : all)
    for (const share of [0.33, 1]) {
      const failing = ({ isOnCandidate }: { readonly isOnCandidate: boolean }) =>
        isOnCandidate ? share : USUAL;
      for (const { halted } of endings(1, { proxies: 1_000, rate: 400, failing, steps }))
        assert.ok(halted?.step === 1 && halted.sinceToldS < 4, JSON.stringify(halted));
    }
});

const SUDDEN: readonly (readonly [string, World['failing']])[] = [
  ['for 25 seconds, once', (_, atS) => (atS >= 35 && atS < 60 ? 0.5 : USUAL)],
  ['for a second, every now and then', (_, atS) => (lot(atS) < 0.05 ? 1 : USUAL)],
  [
    'for five seconds, in a third of the proxies, every now and then',
    ({ index }, atS) => (index % 3 === 0 && lot(Math.floor(atS / 5)) < 0.1 ? 1 : USUAL),
  ],
  [
    'for five seconds, in one proxy or another',
    ({ index }, atS) => (lot(index, Math.floor(atS / 5)) < 0.002 ? 1 : USUAL),
  ],
];

for (const [what, failing] of SUDDEN)
  test(`a rollout is not halted by what goes bad whatever is run ${what}`, () => {
    for (const { halted } of endings(Math.ceil(ROUNDS), {
      proxies: 300,
      rate: 100,
      failing,
      replicas: 1,
    }))
      assert.equal(halted, undefined);
  });

test('all that fails in the last step is found by what the proxies did before', () => {
  const failing = (_: unknown, atS: number) => (atS > 190 ? 0.5 : USUAL);
  for (const { halted } of endings(2 * ROUNDS, { proxies: 60, rate: 20, failing }))
    assert.ok(halted?.step === 4 && halted.reason.includes('at their worst before'));
});

test('HAProxy that dies halts it within a window', () => {
  const deaths = ({ isOnCandidate }: { readonly isOnCandidate: boolean }) =>
    isOnCandidate ? 1 : 0;
  for (const { halted } of endings(2 * ROUNDS, {
    proxies: 60,
    rate: 20,
    failing: () => USUAL,
    deaths,
  }))
    assert.ok(halted && halted.step === 1 && halted.afterS <= 12);
});
