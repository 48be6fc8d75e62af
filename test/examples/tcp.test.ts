import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { test } from 'node:test';
import { startTcpPod } from './backends.ts';
import { readExample } from './example.ts';
import { startProxy } from './proxy.ts';

/** What comes back for `send` until `isEnough` holds or the connection ends. */
function talk(port: number, send: string, isEnough: (got: Buffer) => boolean): Promise<Buffer> {
  return new Promise((resolve) => {
    let got = Buffer.alloc(0);
    const socket = connect(port, '127.0.0.1', () => void socket.write(send));
    socket.on('data', (chunk) => {
      got = Buffer.concat([got, chunk]);
      if (isEnough(got)) socket.destroy();
    });
    socket.on('close', () => resolve(got));
    // A reset is an end too: `close` follows.
    socket.on('error', () => socket.destroy());
  });
}

/** PROXY protocol version 2, section 2.2 of its specification. */
const SIGNATURE = Buffer.from('0d0a0d0a000d0a515549540a', 'hex');
const endsWith = (text: string) => (got: Buffer) => got.toString('latin1').endsWith(text);

test('tcp hands on connections', async (t) => {
  const proxy = await startProxy(t, {
    texts: readExample('tcp'),
    startPod: (context, pod) => startTcpPod(context, pod),
  });

  await t.test('what a client sends reaches a pod, and back', async () => {
    const got = await talk(proxy.port(8183), 'hello', endsWith('hello'));
    assert.match(got.toString(), /^mqtt-[^\n]+\nhello$/);
  });

  await t.test('where the service asks for it, the pod learns who the client is', async () => {
    const got = await talk(proxy.port(8025), 'EHLO me', endsWith('EHLO me'));
    const header = got.subarray(got.indexOf('\n') + 1);
    assert.match(got.toString('latin1'), /^smtp-/);
    assert.deepEqual(header.subarray(0, 12), SIGNATURE);
    assert.equal(header[12], 0x21, 'version 2, a proxied connection');
    assert.equal(header[13], 0x11, 'TCP over IPv4');
    assert.deepEqual([...header.subarray(16, 20)], [127, 0, 0, 1], 'the address of the client');
    assert.equal(header.readUInt16BE(26), proxy.port(8025), 'the port that it connected to');
  });

  await t.test('behind another proxy, the header that it sends is taken off', async () => {
    const header = 'PROXY TCP4 192.0.2.7 192.0.2.1 5000 389\r\n';
    const got = await talk(proxy.port(8389), `${header}bind`, endsWith('bind'));
    assert.match(got.toString(), /^ldap-[^\n]+\nbind$/);
  });

  await t.test('and a client that sends none is refused', async () => {
    const got = await talk(proxy.port(8389), 'bind without a header\r\n', endsWith('header\r\n'));
    assert.equal(got.length, 0);
  });
});
