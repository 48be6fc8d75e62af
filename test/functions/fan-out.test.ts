import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { test } from 'node:test';
import { createNextRequests } from '../../functions/http/next-requests.ts';
import { createWaiters } from '../../functions/publish/waiters.ts';
import { until } from '../kit/until.ts';
import { start } from './start.ts';

/** Answers of which only is known which have ended, and whose connections are read from. */
function answers(count: number) {
  const read = new Set<number>();
  const ended = new Set<number>();
  const all = Array.from({ length: count }, (_, i) => {
    read.add(i);
    const socket = { pause: () => read.delete(i), resume: () => read.add(i) };
    return { req: { socket }, end: () => ended.add(i) };
  });
  return { all, read, ended };
}

test('who was answered is read from again once nobody waits for an answer, some at a time', async () => {
  const { all, read, ended } = answers(1000);
  const next = createNextRequests();
  for (const answer of all.slice(0, 500)) next.putOff(answer);
  await turn();
  for (const answer of all.slice(500)) next.putOff(answer);
  await turn();
  assert.equal(read.size + ended.size, 0, 'answers are still given');
  await turn();
  assert.ok(read.size > 0 && read.size <= 100, String(read.size));
  assert.deepEqual(ended, read);
  await until('all are read from', () => read.size === 1000);
});

test('waiters are looked at in slices, and each when it is due', async () => {
  const looked: number[] = [];
  let early: number[] = [];
  const waiters = createWaiters<{ dueAt: number; n: number }>((waiter) => {
    const busy = performance.now() + 5;
    while (performance.now() < busy);
    looked.push(waiter.n);
    if (performance.now() < waiter.dueAt) early.push(waiter.n);
    waiters.delete(waiter);
  });
  for (let n = 0; n < 20; n += 1) waiters.add({ dueAt: performance.now() + 60_000, n });
  waiters.visit();
  assert.ok(looked.length <= 3, 'others are answered between');
  await until('all were looked at', () => looked.length === 20);
  assert.deepEqual(
    looked,
    [...looked].sort((a, b) => a - b),
  );
  early = [];
  const began = performance.now();
  for (const [n, ms] of [200, 100, 150].entries()) waiters.add({ dueAt: began + ms, n: 100 + n });
  await until('all were due', () => waiters.size() === 0);
  assert.deepEqual(early, []);
});

test('connections in a burst are all taken, held and answered twice over the same connection', async (t) => {
  const { publisher, service } = await start(t);
  let { etag } = publisher.publish('one\n');
  const port = Number(new URL(service.url).port);
  const count = 2000;
  let answered = 0;
  const sockets = Array.from({ length: count }, () => connect(port, '127.0.0.1'));
  t.after(() => {
    for (const socket of sockets) socket.destroy();
  });
  const ask = (socket: Socket) =>
    socket.write(
      `GET /bundle?wait=60 HTTP/1.1\r\nHost: localhost\r\nIf-None-Match: "${etag}"\r\n\r\n`,
    );
  let lost = 0;
  for (const socket of sockets) {
    socket
      .on('error', () => undefined)
      .on('close', () => {
        lost += 1;
      });
    socket.on('data', (chunk) => {
      answered += String(chunk).split('HTTP/1.1 200').length - 1;
    });
    ask(socket);
  }
  for (const config of ['two\n', 'three\n']) {
    await until('all are held', () => publisher.waiting === count);
    answered = 0;
    ({ etag } = publisher.publish(config));
    await until('all are answered', () => answered === count);
    for (const socket of sockets) ask(socket);
  }
  await until('all are held again', () => publisher.waiting === count);
  assert.equal(lost, 0);
  const [first] = sockets;
  first?.end();
  if (first) await once(first, 'close');
  await until('who goes is forgotten', () => publisher.waiting === count - 1);
});
