import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { startBackend } from '../kit/backend.ts';
import { until } from '../kit/until.ts';
import { askBackend, slowRequest, startOneBackend } from './one-backend.ts';

/** The server line of a backend that answers with its name. */
async function startServer(t: TestContext, name: string): Promise<string> {
  return `${name} 127.0.0.1:${(await startBackend(t, name)).port}`;
}

test('a backup that left busy and comes back behind another is a surprise: it would be the first', async (t) => {
  const [x, y] = [await startServer(t, 'x'), await startServer(t, 'y')];
  const a = 'a 127.0.0.1:1 disabled';
  const { root, instance, tombstones, to } = await startOneBackend(t, [a, `${x} backup`]);
  const pending = slowRequest(root, 700);
  await until('the request is under way', async () =>
    /,x,0,0,[1-9]/.test(await instance.ask('show stat b 4 -1')),
  );
  assert.equal((await to([a, `${y} backup`])).kind, 'applied');
  assert.equal(tombstones.size, 1);
  assert.match(await askBackend(root), /\by\b/);
  const back = await to([a, `${y} backup`, `${x} backup`]);
  assert.match(JSON.stringify(back), /"surprise".*b\/x is listed before y/);
  await pending;
});

test('a busy server that requests are still sent to in maintenance is no tombstone', async (t) => {
  const [a, b] = [await startServer(t, 'a'), await startServer(t, 'b')];
  const { root, instance, tombstones, to } = await startOneBackend(t, [a], ['option persist']);
  const pending = slowRequest(root, 2_500);
  await until('the request is under way', async () =>
    /,a,0,0,[1-9]/.test(await instance.ask('show stat b 4 -1')),
  );
  assert.match(JSON.stringify(await to([b])), /"surprise".*b\/a still serves connections/);
  assert.equal(tombstones.size, 0);
  await pending;
});

test('every server that is added under balance random gets requests', async (t) => {
  const lines = await Promise.all(['a', 'b', 'c', 'd'].map((name) => startServer(t, name)));
  const { root, to } = await startOneBackend(t, lines.slice(0, 1), ['balance random']);
  for (const count of [2, 3, 4]) assert.equal((await to(lines.slice(0, count))).kind, 'applied');
  const seen = new Set<string>();
  for (let i = 0; i < 800 && seen.size < 4; i += 1) seen.add(await askBackend(root));
  assert.equal(seen.size, 4, [...seen].join());
});
