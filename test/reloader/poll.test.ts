import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import { createPoller } from '../../reloader/poll.ts';

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
