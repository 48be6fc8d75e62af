import assert from 'node:assert/strict';
import { test } from 'node:test';
import { serve } from '../../reloader/server.ts';
import { createStatus } from '../../reloader/status.ts';
import { get } from '../kit/request.ts';

test("the reloader's port answers to its own names alone, and to no page of the web", async (t) => {
  const options = { host: '127.0.0.1', port: 0, allowedHosts: ['proxy-1.example'] };
  const { server, address } = await serve(createStatus('child'), options);
  t.after(() => server.close());
  const ask = async (headers: Record<string, string>) => {
    const { status, text } = await get(address.port, '/status', headers);
    return [status, JSON.parse(text).code];
  };
  assert.deepEqual(await ask({}), [200, undefined]);
  assert.deepEqual(await ask({ host: 'proxy-1.example' }), [200, undefined]);
  assert.deepEqual(await ask({ host: 'rebind.example' }), [421, 'misdirected-request']);
  assert.deepEqual(await ask({ origin: 'http://rebind.example' }), [403, 'foreign-origin']);
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
