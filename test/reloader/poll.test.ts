import assert from 'node:assert/strict';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { createPoller, type PollLimits } from '../../reloader/poll.ts';

const REQUEST = { asOf: {}, waitMs: 0, report: {}, signal: new AbortController().signal };

/** Asks a renderer that answers so. */
async function askSlow(t: TestContext, limits: PollLimits, answer: RequestListener) {
  const server = createServer(answer);
  await new Promise<void>((listening) => void server.listen(0, '127.0.0.1', listening));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const renderer = new URL(`http://127.0.0.1:${port}`);
  const poller = createPoller({ renderer, query: {}, limits });
  t.after(() => poller.close());
  return poller.poll(REQUEST);
}

/** Asks a renderer that gives this answer. */
async function ask(
  t: TestContext,
  answer: { readonly status: number; readonly body?: object; readonly retryAfter?: string },
  waitMs = 1000,
) {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(String(request.headers.prefer));
    response.writeHead(
      answer.status,
      answer.retryAfter ? { 'retry-after': answer.retryAfter } : {},
    );
    response.end(answer.body && JSON.stringify(answer.body));
  });
  await new Promise<void>((listening) => void server.listen(0, '127.0.0.1', listening));
  t.after(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const poller = createPoller({ renderer: new URL(`http://127.0.0.1:${port}`), query: {} });
  t.after(() => poller.close());
  const etag = `sha256:${'0'.repeat(64)}`;
  const polled = poller.poll({
    etag,
    asOf: {},
    waitMs,
    report: {},
    signal: new AbortController().signal,
  });
  return { polled, asked };
}

test('a replica that says it is behind is behind; any other 503 is a failure that says why', async (t) => {
  const behind = await ask(t, { status: 503, body: { code: 'behind' }, retryAfter: '1' });
  assert.deepEqual(await behind.polled, { kind: 'behind', retryAfterMs: 1000 });
  const body = { code: 'not-ready', detail: 'there is no ConfigMap' };
  const notReady = await ask(t, { status: 503, body, retryAfter: '5' });
  await assert.rejects(notReady.polled, {
    code: 'poll-status',
    message: 'the renderer answers 503 there is no ConfigMap',
    retryAfterMs: 5000,
  });
  await assert.rejects((await ask(t, { status: 503 })).polled, { code: 'poll-status' });
});

test('a wait of any length is a wait', async (t) => {
  for (const [waitMs, prefer] of [
    [1000, 'wait=1'],
    [1, 'wait=0'],
    [50_500, 'wait=50'],
  ] as const) {
    const { polled, asked } = await ask(t, { status: 304 }, waitMs);
    assert.equal((await polled).kind, 'unchanged');
    assert.deepEqual(asked, [prefer]);
  }
});

test('a renderer that is silent, before an answer or within one, is given up in time', async (t) => {
  const late = { code: 'poll-timeout', message: 'the renderer gave no sign for 0 s' };
  const never = askSlow(t, { marginMs: 50, bodyMs: 60_000 }, () => undefined);
  await assert.rejects(never, late);
  const half = askSlow(t, { marginMs: 60_000, bodyMs: 50 }, (_, response) => {
    response.writeHead(200, { 'content-length': 100 });
    response.write('{');
  });
  await assert.rejects(half, late);
});

test('an answer that comes slowly is read to its end, as long as it comes', async (t) => {
  const text = JSON.stringify({ code: 'not-ready', detail: 'all of it was read' });
  const slow = askSlow(t, { marginMs: 60_000, bodyMs: 1_500 }, async (_, response) => {
    response.writeHead(503);
    const size = Math.ceil(text.length / 8);
    for (let at = 0; at < text.length; at += size) {
      response.write(text.slice(at, at + size));
      await delay(250);
    }
    response.end();
  });
  await assert.rejects(slow, { code: 'poll-status', message: /all of it was read/ });
});
