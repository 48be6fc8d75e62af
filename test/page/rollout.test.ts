import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rolloutSection } from '../../functions/page/rollout.ts';
import type { RolloutStatus } from '../../functions/rollout/status.ts';

const NOW = Date.parse('2030-01-01T00:00:00Z');
const hash = (digit: string) => `sha256:${digit.repeat(64)}`;
const current = { hash: hash('a'), since: NOW - 3_600_000 };
const newest = { hash: hash('b'), since: NOW - 60_000 };
const gate = { current, newest, held: [], tries: { renders: 0, checks: 0 } };
const textOf = (html: string): string => html.replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ');

const show = (state: 'good' | 'rolling out' | 'halted', rollout?: RolloutStatus) =>
  rolloutSection({ ...gate, state }, rollout, NOW).text;

test('which revision is served, and for how long', () => {
  assert.match(
    textOf(show('good')),
    /Served: aaaaaaaaaaaa for 1h \. The newest intent bbbbbbbbbbbb is served whole, 1m ago/,
  );
});

test('a rollout: its steps, how far it has come, why it waits, and what the proxies have counted', () => {
  const tally = (bad: number, of: number) => ({ bad, of, proxies: 3 });
  const text = show('rolling out', {
    stable: current.hash,
    candidate: {
      ...{ hash: newest.hash, step: 2, steps: ['1', '10%', '100%'], live: 4, running: 3 },
      since: new Date(NOW - 120_000).toISOString(),
      waits: 'it is watched for 5 more minutes',
      evidence: [{ measure: 'answers', candidate: tally(5, 1000), stable: tally(0, 0) }],
    },
  });
  assert.match(text, /<li class="done">1 done<\/li>\n<li aria-current="step" class="">10% now /);
  assert.match(
    textOf(text),
    /Candidate bbbbbbbbbbbb : step 2 of 3, 3 of 4 proxies of this replica run it\./,
  );
  assert.match(textOf(text), /10% now for 2m 100%/);
  assert.match(textOf(text), /The next step waits: it is watched for 5 more minutes/);
  assert.match(textOf(text), /answers of 500 and above 0\.50% \(5 of 1000, 3 proxies\) -/);
});

test('a rollout that is halted: what was halted, when, in which step, and why', () => {
  const at = new Date(NOW - 3_600_000).toISOString();
  const halted = { hash: newest.hash, step: 0, at, reason: 'proxy edge-1 refuses it: <no>' };
  const text = show('halted', { stable: current.hash, halted });
  assert.match(text, /refuses it: &lt;no&gt;/);
  assert.match(textOf(text), /Revision bbbbbbbbbbbb was halted in step 1, 1h ago : proxy edge-1/);
});
