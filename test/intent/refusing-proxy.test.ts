import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DeliveredLine } from '../../functions/core/diagnostics.ts';
import { startLoad } from '../kit/load.ts';
import { type Loop, namedBackend, startLoop } from '../kit/loop.ts';
import { holdPort } from '../kit/port-holder.ts';
import { get } from '../kit/request.ts';
import { until } from '../kit/until.ts';

interface ServiceStatus {
  readonly intent: { readonly state: string; readonly current: { readonly hash: string } };
  readonly earlier: readonly { readonly revision: string }[];
  readonly pollers: {
    readonly refusing: number;
    readonly converged: number;
    readonly list: readonly { readonly refused?: { readonly delivered?: DeliveredLine } }[];
  };
}

async function statusOf({ service }: Loop): Promise<ServiceStatus> {
  const { text } = await get(Number(new URL(service.url).port), '/status');
  return JSON.parse(text);
}

const refusalOf = async ({ reloader }: Loop) => (await reloader.status()).refused[0];

test('a proxy that refuses what the service takes gets pods that move all the same, and what comes next', async (t) => {
  const loop = await startLoop(t);
  const [a, b, c] = await Promise.all(['a', 'b', 'c'].map((name) => namedBackend(t, name)));
  assert.ok(a && b && c);
  await loop.turnTo(a);
  const good = (await statusOf(loop)).intent.current.hash;
  const load = startLoad(t, { port: loop.port, keepAlive: false });
  // No binary is there to check it: all of this is good to the service.
  await loop.write(`${loop.template}\n  no such keyword\n`);
  const refusal = await until('it is refused', () => refusalOf(loop));
  assert.equal(refusal.code, 'check-failed');
  const { reloads } = (await loop.reloader.status()).counts;
  for (const backend of [b, c]) await loop.turnTo(backend);
  const { intent, earlier, pollers } = await statusOf(loop);
  assert.notEqual(intent.current.hash, good);
  assert.equal(refusal.revision, intent.current.hash);
  assert.deepEqual(
    earlier.map(({ revision }) => revision),
    [good],
  );
  assert.deepEqual([pollers.refusing, pollers.converged], [1, 0]);
  const line = await until('the line is told with its origin', async () => {
    const { list } = (await statusOf(loop)).pollers;
    return list[0]?.refused?.delivered;
  });
  assert.equal(line.text, '  no such keyword');
  assert.deepEqual([line.origin?.key, line.origin?.column], ['template', 3]);
  const { counts } = await loop.reloader.status();
  assert.deepEqual([counts.refusals, counts.reloads], [1, reloads], 'it is not checked again');
  assert.match((await loop.reloader.get('/metrics')).text, /in_sync 0\n/);
  await loop.write(`${loop.template}# mended\n`);
  await until(
    'it runs what was mended',
    async () => (await statusOf(loop)).pollers.converged === 1,
  );
  await loop.turnTo(a);
  await load.stop();
  assert.deepEqual(load.failures, []);
});

test('what a proxy refuses for its surroundings is tried again by itself, with the pods of that time', async (t) => {
  const loop = await startLoop(t);
  const [a, b] = await Promise.all(['a', 'b'].map((name) => namedBackend(t, name)));
  assert.ok(a && b);
  await loop.turnTo(a);
  const { port, release } = await holdPort(t);
  await loop.write(`${loop.template}\nlisten taken\n  bind 127.0.0.1:${port}\n`);
  const refusal = await until('it is refused', () => refusalOf(loop));
  assert.equal(refusal.code, 'bind-conflict');
  await loop.turnTo(b);
  await release();
  await until('it runs it', async () => (await statusOf(loop)).pollers.converged === 1);
  assert.equal((await get(loop.port)).text, 'b');
  assert.deepEqual((await loop.reloader.status()).refused, []);
});

test('a reloader that starts anew still knows what it refused', async (t) => {
  const loop = await startLoop(t);
  const [a, b] = await Promise.all(['a', 'b'].map((name) => namedBackend(t, name)));
  assert.ok(a && b);
  await loop.turnTo(a);
  await loop.write(`${loop.template}\n  no such keyword\n`);
  await until('it is told', async () => (await statusOf(loop)).pollers.refusing === 1);
  await loop.reloader.end('SIGKILL');
  await loop.startReloader();
  await loop.turnTo(b);
  assert.equal((await loop.reloader.status()).counts.refusals, 0, loop.reloader.log());
});
