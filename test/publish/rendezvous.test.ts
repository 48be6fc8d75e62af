import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRendezvous } from '../../functions/publish/rendezvous.ts';

/** Two that render the same changes, and who of them has gone on. */
function meet(mostMs: number) {
  const join = createRendezvous(mostMs);
  const [a, b] = [join(), join()];
  const gone: string[] = [];
  const arrive = (name: 'a' | 'b') =>
    (name === 'a' ? a : b).arrive().then(() => void gone.push(name));
  return { a, b, gone, arrive };
}
const LONG_MS = 600_000;
const soon = () => new Promise((resolve) => setImmediate(resolve));

test('whoever is first waits for the other, and goes on before it', async () => {
  const { a, b, gone, arrive } = meet(LONG_MS);
  a.begin();
  b.begin();
  const first = arrive('a');
  await soon();
  assert.deepEqual(gone, []);
  await Promise.all([arrive('b'), first]);
  assert.deepEqual(gone, ['a', 'b']);
});

test('who has nothing to render, or does not, is not waited for', async () => {
  const { a, b, gone, arrive } = meet(LONG_MS);
  a.begin();
  await arrive('a');
  a.begin();
  b.begin();
  const second = arrive('a');
  b.leave();
  await second;
  assert.deepEqual(gone, ['a', 'a']);
});

test('nobody is waited for longer than a moment', async () => {
  const { a, b, gone, arrive } = meet(1);
  a.begin();
  b.begin();
  await arrive('a');
  assert.deepEqual(gone, ['a']);
});
