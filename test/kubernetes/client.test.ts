import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ApiError, errorOfStatus, errorOfTransport } from '../../functions/kubernetes/api-error.ts';
import { createApiClient } from '../../functions/kubernetes/client.ts';
import { createLineSplitter } from '../../functions/kubernetes/lines.ts';
import { baseCredentials } from '../../functions/kubernetes/service-account.ts';
import { startApiServer } from '../apiserver/server.ts';
import { pod } from './objects.ts';

test('lines are split at 0x0A alone, however the chunks fall', () => {
  const text = 'a\u2028b\nü\u0085c\n\n{"x":"\\n"}\nrest';
  const bytes = Buffer.from(text);
  for (let size = 1; size <= bytes.length; size++) {
    const split = createLineSplitter();
    const lines: string[] = [];
    for (let at = 0; at < bytes.length; at += size)
      lines.push(...split(bytes.subarray(at, at + size)).map(String));
    assert.deepEqual(lines, ['a\u2028b', 'ü\u0085c', '{"x":"\\n"}'], `chunks of ${size}`);
  }
});

test('a line without an end is refused before it fills the memory', () => {
  const split = createLineSplitter();
  const chunk = Buffer.alloc(1024 * 1024, 'x');
  assert.throws(
    () => {
      for (let i = 0; i < 9; i++) split(chunk);
    },
    { code: 'kubernetes-garbage' },
  );
});

test('a wait that a server asks for is bounded, and one that is no number is none', () => {
  const waitOf = (retryAfter?: string) =>
    errorOfStatus({ status: 429, text: '', retryAfter }).retryAfterMs;
  assert.equal(waitOf('7'), 7000);
  assert.equal(waitOf('86400'), 60_000);
  assert.equal(waitOf('Wed, 21 Oct 2026 07:28:00 GMT'), 0);
  assert.equal(waitOf(), 0);
});

test('what goes wrong on the way has a code and a hint', () => {
  for (const [code, expected] of [
    ['ECONNREFUSED', 'kubernetes-unreachable'],
    ['ENOTFOUND', 'kubernetes-unreachable'],
    ['ECONNRESET', 'kubernetes-cut'],
    ['UND_ERR_SOCKET', 'kubernetes-cut'],
    ['UND_ERR_BODY_TIMEOUT', 'kubernetes-timeout'],
    ['UND_ERR_CONNECT_TIMEOUT', 'kubernetes-timeout'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'kubernetes-tls'],
    ['CERT_HAS_EXPIRED', 'kubernetes-tls'],
    ['HPE_INVALID_CONSTANT', 'kubernetes-garbage'],
  ] as const) {
    const error = errorOfTransport(Object.assign(new Error('x'), { code }));
    assert.equal(error.code, expected, code);
    assert.ok(error instanceof ApiError && error.hint.length > 0);
  }
});

test('lists are sent zipped, and connections are used again', async (t) => {
  const server = await startApiServer(t);
  for (let i = 0; i < 400; i++)
    server.store.put('pods', pod('shop', `p${i}`, { text: 'x'.repeat(500) }));
  const client = createApiClient(baseCredentials({ base: new URL(server.base) }));
  t.after(() => client.close());
  for (let i = 0; i < 5; i++) {
    const list = await client.json({ path: '/api/v1/pods', deadlineMs: 5000 });
    assert.equal((list as { items: unknown[] }).items.length, 400);
  }
  assert.ok(server.requests.every(({ headers }) => headers['accept-encoding'] === 'gzip'));
  assert.equal(server.connections(), 1);
});
