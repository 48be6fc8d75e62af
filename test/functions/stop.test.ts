import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { test } from 'node:test';
import { createReadiness } from '../../functions/routes/health.ts';
import type { Facts, HttpFunction, Reply } from '../../functions/http/exchange.ts';
import { createLifecycle } from '../../functions/http/lifecycle.ts';
import { createPoll } from '../../functions/http/poll.ts';
import { createPollers } from '../../functions/http/pollers.ts';
import type { Publication } from '../../functions/publish/publication.ts';
import { until } from '../kit/until.ts';
import { memoryPublisher } from './memory-publisher.ts';
import { start } from './start.ts';

test('stopping answers every held poll, closes its connection, and ends in time', async (t) => {
  const { ask, publisher, service } = await start(t);
  const { etag } = publisher.publish('one\n');
  const headers = { 'if-none-match': `"${etag}"`, prefer: 'wait=300' };
  const held = Array.from({ length: 200 }, () => ask('/bundle', { headers }));
  await until('all are held', () => publisher.waiting === 200);
  const started = performance.now();
  await service.stop();
  assert.ok(performance.now() - started < 10_000);
  for (const { status, headers } of await Promise.all(held)) {
    assert.equal(status, 304);
    assert.equal(headers.connection, 'close');
  }
  await assert.rejects(ask('/healthz'), 'it listens no more');
});

test('while it stops, what is under way is answered, and it is not ready', async (t) => {
  let finish: (() => void) | undefined;
  const { ask, publisher, service } = await start(t, {
    renderOnce: () =>
      new Promise((resolve) => {
        finish = () => resolve({ kind: 'rendered', etag: 'x', config: 'late', diagnostics: [] });
      }),
  });
  publisher.publish('one\n');
  const port = Number(new URL(service.url).port);
  const socket = connect(port, '127.0.0.1');
  const chunks: Buffer[] = [];
  socket.on('data', (chunk) => chunks.push(chunk));
  const render = 'POST /render HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n{}';
  // The second request waits on the same connection until the first is answered.
  socket.write(`${render}GET /readyz HTTP/1.1\r\nHost: localhost\r\n\r\n`);
  const finishNow = await until('it renders', () => finish);
  const stopped = service.stop();
  await assert.rejects(ask('/healthz'), 'it listens no more');
  finishNow();
  await Promise.all([stopped, once(socket, 'close')]);
  const answers = Buffer.concat(chunks).toString();
  assert.match(answers, /\r\n\r\nlate$/);
  assert.match(answers, /\r\nConnection: close\r\n/);
});

const facts: Facts = {
  method: 'GET',
  path: '/bundle',
  search: 'wait=60',
  headers: { 'if-none-match': '*' },
  body: new Uint8Array(),
  peer: '127.0.0.1',
  gone: () => new AbortController().signal,
};

const fail = () => assert.fail('it is answered at once');

function replyOf(answer: ReturnType<HttpFunction>): Reply {
  return 'status' in answer ? answer : assert.fail('no answer');
}

test('once told to stop, it is not ready, and holds no more polls', async () => {
  const publisher = memoryPublisher();
  publisher.publish('one\n');
  const lifecycle = createLifecycle();
  const readiness = createReadiness(publisher, lifecycle);
  assert.equal(replyOf(readiness(facts, fail)).status, 200);
  lifecycle.stop();
  const { status, body } = replyOf(readiness(facts, fail));
  assert.deepEqual([status, JSON.parse(String(body)).code], [503, 'stopping']);
  const rules = { sslDir: '/a', filesDir: '/b', params: [] };
  const pollers = createPollers({ now: Date.now });
  const poll = createPoll({ publisher, pollers, lifecycle, rules, maxPolls: 1 });
  const represent = ({ config }: Publication) => ({ headers: {}, body: config });
  const answer = poll(facts, () => represent, fail);
  assert.equal(replyOf(answer).status, 304);
  assert.equal(publisher.asked.at(-1)?.waitMs, 0);
});

test('connections that never asked anything, or do not read, do not delay the end beyond its bound', async (t) => {
  const { publisher, service } = await start(t, { argv: ['--shutdown-grace', '0.3'] });
  publisher.publish('x'.repeat(50_000_000));
  const port = Number(new URL(service.url).port);
  const [silent, deaf] = [connect(port, '127.0.0.1'), connect(port, '127.0.0.1')];
  for (const socket of [silent, deaf]) socket.on('error', () => undefined);
  deaf.write('GET /haproxy.cfg HTTP/1.1\r\nHost: localhost\r\n\r\n');
  await once(deaf, 'readable');
  const started = performance.now();
  await service.stop();
  const took = performance.now() - started;
  assert.ok(took > 250 && took < 10_000, `${took} ms`);
  deaf.destroy();
});
