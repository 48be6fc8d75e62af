import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { serve } from '../../reloader/server.ts';
import { createStatus } from '../../reloader/status.ts';
import { get } from '../kit/request.ts';

test("the reloader's port answers to its own names alone, and to no page of the web", async (t) => {
  const options = { host: '127.0.0.1', port: 0, allowedHosts: ['proxy-1.example'] };
  const { server, address } = await serve(createStatus('child'), options);
  t.after(() => server.close());
  const ask = async (headers: Record<string, string>) => {
    const answer = await get(address.port, '/status', headers);
    return [answer.status, JSON.parse(answer.text).code];
  };
  assert.deepEqual(await ask({}), [200, undefined]);
  assert.deepEqual(await ask({ host: 'proxy-1.example' }), [200, undefined]);
  assert.deepEqual(await ask({ host: 'rebind.example' }), [421, 'misdirected-request']);
  assert.deepEqual(await ask({ origin: 'http://rebind.example' }), [403, 'foreign-origin']);
});

test('a request without Host is told so, unless it is one of HTTP/1.0', async (t) => {
  const { server, address } = await serve(createStatus('child'), { host: '127.0.0.1', port: 0 });
  t.after(() => server.close());
  const ask = async (version: string) => {
    const socket = connect(address.port, '127.0.0.1');
    socket.end(`GET /healthz HTTP/${version}\r\nConnection: close\r\n\r\n`);
    return text(socket);
  };
  assert.match(await ask('1.1'), /^HTTP\/1.1 400 .*"detail": "the request has no header Host"/s);
  assert.match(await ask('1.0'), /^HTTP\/1.1 200 .*ok\n$/s);
});

test('an address that is taken is told, with what to do', async (t) => {
  const { server, address } = await serve(createStatus('child'), { host: '127.0.0.1', port: 0 });
  t.after(() => server.close());
  const again = serve(createStatus('child'), { host: '127.0.0.1', port: address.port });
  await assert.rejects(again, {
    code: 'EADDRINUSE',
    message: `cannot listen on 127.0.0.1:${address.port}: another process listens there`,
    hint: /LISTEN/,
  });
});
