import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createEvidenceBook } from '../../functions/rollout/evidence-book.ts';
import { NO_SUMMARY } from '../../functions/rollout/evidence-summary.ts';
import { type Evidence, formatEvidence, revisionMark } from '../../functions/wire/evidence.ts';
import { createRandom } from '../runtime/random.ts';

const [STABLE, CANDIDATE] = ['a', 'b'].map((digit) => `sha256:${digit.repeat(64)}`) as [
  string,
  string,
];
const STEP = { candidate: CANDIDATE, stable: STABLE, step: 0 };

function told(revision: string, change: Partial<Evidence> = {}): string {
  const quiet = { seconds: 10, answers: 100, failures: 0, deaths: 0, outOfMemory: 0 };
  return formatEvidence({ revision: revisionMark(revision), ...quiet, ...change });
}

/** A book on a clock that is put forward by hand. */
function openBook() {
  const clock = { ms: 0 };
  const options = { windowMs: 10_000, tolerance: 0.01, now: () => clock.ms };
  const book = createEvidenceBook(options);
  book.watch(STEP);
  return {
    book,
    say: (proxy: string, header: string, isAdmitted = true) =>
      book.note({ proxy, isAdmitted }, header),
    later(seconds: number) {
      clock.ms += seconds * 1000;
      return book.summary();
    },
  };
}

test('what proxies tell is added up by the revision that they name, when half a window has ended', () => {
  const { book, say, later } = openBook();
  say('p1', told(CANDIDATE, { failures: 7 }));
  say('p2', told(STABLE));
  say('p3', told(STABLE, { failures: 1 }));
  assert.deepEqual(book.summary(), NO_SUMMARY);
  const { step, looks, ends } = later(5);
  assert.equal(looks, 1);
  assert.deepEqual(step.candidate.answers, { bad: 7, of: 100, proxies: 1, worse: 1 });
  assert.deepEqual(step.stable.answers, { bad: 1, of: 200, proxies: 2, worse: 0 });
  assert.deepEqual([ends.candidate.proxies, ends.stable.proxies], [1, 2]);
  assert.equal(later(5).looks, 1, 'nothing new is no look');
});

test('nobody is heard of a revision that he is not to run, or that is none of the two', () => {
  const { say, later } = openBook();
  say('p1', told(CANDIDATE, { failures: 100, deaths: 3 }), false);
  say('p2', told(`sha256:${'c'.repeat(64)}`, { deaths: 3 }));
  say('p3', 'v=1;r=bbbbbbbbbbbbbbbb;w=10;rq=1;e5=2;di=9;oo=0');
  assert.deepEqual(later(20), NO_SUMMARY);
});

test('garbage is not looked at, and throws nothing', () => {
  const { say, later } = openBook();
  const random = createRandom(4);
  const header = told(CANDIDATE, { servers: { up: 1, all: 2 } });
  for (let trial = 0; trial < 2000; trial++) {
    const at = random.below(header.length);
    const garbled = header.slice(0, at) + String.fromCharCode(random.below(255));
    if (!/oo=\d$/.test(garbled)) say(`p${trial}`, garbled);
  }
  assert.deepEqual(later(20), NO_SUMMARY);
});

test('one that tells of a million requests weighs three times as much as the one in the middle', () => {
  const { say, later } = openBook();
  for (let index = 0; index < 9; index++) say(`p${index}`, told(CANDIDATE));
  say('p9', told(CANDIDATE, { answers: 1_000_000, failures: 1_000_000 }));
  const { answers } = later(5).step.candidate;
  assert.deepEqual(answers, { bad: 300, of: 1200, proxies: 10, worse: 1 });
});

test('HAProxy that died counts at once; with the stable revision only what happened meanwhile', () => {
  const { book, say } = openBook();
  say('p1', told(STABLE, { deaths: 5 }));
  say('p2', told(CANDIDATE, { deaths: 1, outOfMemory: 1 }));
  assert.deepEqual(book.summary().ends, {
    candidate: { proxies: 1, dead: 1, outOfMemory: 1, example: 'p2' },
    stable: { proxies: 1, dead: 0, outOfMemory: 0 },
  });
  say('p1', told(STABLE, { deaths: 6 }));
  assert.equal(book.summary().ends.stable.dead, 1);
});

test('what a proxy did before is what it told with the stable revision, or all of the life of its HAProxy', () => {
  const { say, later } = openBook();
  say('p1', told(STABLE, { seconds: 86_400, answers: 50_000, failures: 50 }));
  say('p2', told(STABLE, { seconds: 86_400, answers: 90_000, failures: 0 }));
  say('p2', told(STABLE, { failures: 2 }));
  say('p2', told(STABLE, { failures: 4 }));
  assert.equal(later(5).before.answers.of, 0, 'nobody runs the candidate');
  for (const proxy of ['p1', 'p2']) say(proxy, told(CANDIDATE));
  const { before, worst, step } = later(5);
  assert.deepEqual(before.answers, { bad: 7, of: 800, proxies: 2, worse: 0 });
  assert.deepEqual(worst.answers, { bad: 4, of: 400, proxies: 2, worse: 0 });
  assert.equal(step.stable.answers.of, 200, 'a life is no window of the step');
});

test('another step begins anew but for what was before; another revision forgets all', () => {
  const { book, say, later } = openBook();
  say('p1', told(STABLE, { failures: 3 }));
  later(5);
  book.watch({ ...STEP, step: 1 });
  say('p1', told(CANDIDATE));
  const { before, step } = later(5);
  assert.equal(before.answers.bad, 3);
  assert.equal(step.stable.answers.of, 0);
  book.watch({ ...STEP, candidate: `sha256:${'c'.repeat(64)}` });
  assert.deepEqual(later(5), NO_SUMMARY);
  book.watch(undefined);
  say('p1', told(STABLE));
  assert.deepEqual(later(5), NO_SUMMARY);
});

test('whoever falls silent is not recent any more', () => {
  const { say, later } = openBook();
  say('p1', told(STABLE));
  assert.equal(later(20).recent[0]?.stable.answers.of, 100);
  say('p2', told(STABLE));
  assert.equal(later(16).recent[0]?.stable.answers.proxies, 1);
});

test('a window of the candidate is beside what 30 others tell after it, all that is bad in two windows as if in one', () => {
  const { book, say, later } = openBook();
  const others = Array.from({ length: 30 }, (_, index) => `p${index}`);
  for (const proxy of others) say(proxy, told(STABLE, { failures: 1 }));
  later(9);
  say('c', told(CANDIDATE, { failures: 50 }));
  assert.equal(book.interimLook(), undefined, 'none of the others has told since');
  later(1);
  for (const proxy of others.slice(1)) say(proxy, told(STABLE, { failures: 2 }));
  assert.equal(book.interimLook(), undefined, '29 of them have');
  later(1);
  say('p0', told(STABLE, { seconds: 20, answers: 200, failures: 2 }));
  const { candidate, stable, peak, number } = book.interimLook() ?? assert.fail();
  assert.equal(number, 1);
  assert.deepEqual(candidate.answers, { bad: 50, of: 100, proxies: 1, worse: 1 });
  assert.deepEqual(stable.answers, { bad: 30 * 3, of: 30 * 100, proxies: 30, worse: 0 });
  assert.deepEqual(peak.answers.proxies, 30);
  later(5);
  assert.equal(book.interimLook(), undefined, 'each window is looked at once');
});
