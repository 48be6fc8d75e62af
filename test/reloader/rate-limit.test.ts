import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRateLimit } from '../../reloader/rate-limit.ts';

const rateLimit = (options: { minReloadIntervalMs?: number; splayMs?: number }) => {
  const clock = { at: 1_000, random: 0.5 };
  const { minReloadIntervalMs = 0, splayMs = 0 } = options;
  const now = () => clock.at;
  const random = () => clock.random;
  return { clock, ...createRateLimit({ minReloadIntervalMs, splayMs, now, random }) };
};

test('without settings no reload waits', () => {
  const { waitMs, live } = rateLimit({});
  assert.equal(waitMs(), 0);
  live('reloaded');
  assert.equal(waitMs(), 0);
});

test('reloads keep their distance', () => {
  const { clock, waitMs, live } = rateLimit({ minReloadIntervalMs: 5_000 });
  assert.equal(waitMs(), 0, 'the first one has none before it');
  live('reloaded');
  clock.at += 2_000;
  assert.equal(waitMs(), 3_000);
  live('runtime');
  assert.equal(waitMs(), 3_000, 'what needs no reload is none');
  clock.at += 3_000;
  assert.equal(waitMs(), 0);
});

test('the random wait is drawn once for a reload, whatever comes in its place meanwhile', () => {
  const { clock, waitMs, live } = rateLimit({ splayMs: 10_000 });
  assert.equal(waitMs(), 5_000);
  clock.at += 4_000;
  clock.random = 0.9;
  assert.equal(waitMs(), 1_000);
  clock.at += 2_000;
  assert.equal(waitMs(), 0);
  live('reloaded');
  assert.equal(waitMs(), 9_000, 'the next one draws its own');
  live('runtime');
  clock.random = 0.1;
  assert.equal(waitMs(), 1_000, 'so does one that is needed after all was well without');
});
