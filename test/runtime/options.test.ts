import assert from 'node:assert/strict';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import type { TLSSocket } from 'node:tls';
import { capabilitiesOf, readCapabilities } from '../../reloader/haproxy/capabilities.ts';
import { makeCertificate } from '../kit/certificate.ts';
import { askBackend, startOneBackend } from './one-backend.ts';

/** Options that differ from version to version, as a server line has them. */
const OPTIONS = [
  'guid g',
  'hash-key addr-port',
  'idle-ping 5s',
  'maxconn 9 strict-maxconn',
  'shard 1',
  'source 127.0.0.1',
  'source 127.0.0.1 interface lo',
  'ssl verify none no-renegotiate',
  'ssl verify none no-sni-auto',
];

test('what HAProxy itself lists, it takes', async (t) => {
  const first = 'a 127.0.0.1:1';
  const { capabilities, to } = await startOneBackend(t, [first]);
  const isTaken = (options: string) =>
    options
      .split(' ')
      .filter((word) => /^[a-z]/.test(word) && word !== 'none' && word !== 'addr-port')
      .every((word) => capabilities.serverOptions.has(word) || /^(g|lo|interface)$/.test(word));
  let servers = [first];
  for (const [i, options] of OPTIONS.filter(isTaken).entries()) {
    servers = [...servers, `s${i} 127.0.0.1:2 ${options}`];
    const applied = await to(servers);
    assert.equal(applied.kind, 'applied', `${options}: ${JSON.stringify(applied)}`);
  }
  t.diagnostic(`${servers.length - 1} of ${OPTIONS.length}`);
});

/** Answers over TLS with the SNI that it got. */
async function startTls(t: TestContext): Promise<number> {
  const { keyPem: key, certificatePem: cert } = await makeCertificate({ names: ['x.test'] });
  const server = createServer({ key, cert }, ({ socket }, response) => {
    response.end(`SNI ${(socket as TLSSocket & { servername?: unknown }).servername}`);
  });
  await new Promise<void>((listening) => void server.listen(0, '127.0.0.1', listening));
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  return (server.address() as AddressInfo).port;
}

test('a server that is added sends the SNI that a configured one sends', async (t) => {
  const port = await startTls(t);
  const [a, b] = [`a 127.0.0.1:${port} ssl verify none`, `b 127.0.0.1:${port} ssl verify none`];
  const { root, to } = await startOneBackend(t, [a]);
  const configured = await askBackend(root);
  assert.match(configured, /^SNI (x\.test|false)$/);
  assert.equal((await to([b])).kind, 'applied');
  assert.equal(await askBackend(root), configured);
});

test('a HAProxy tells what it can do', async () => {
  const told = (info: string, help: string) =>
    readCapabilities(async (command) => (command === 'show info' ? info : help));
  const late = await told('Name: HAProxy\nVersion: 3.3.2\nRelease_date: 2026/01/29\n', '');
  assert.equal(late.givesSni, false);
  const better = await told('Name: HAProxy\nVersion: 3.3.4\nRelease_date: 2026/02/19\n', '');
  assert.equal(better.givesSni, true);
  const listing = 'List of keywords supported for dynamic server:\nalpn\nsni\n';
  const newest = await told('Version: 3.4.7-1\nRelease_date: 2026/10/14\n', listing);
  assert.deepEqual([...newest.serverOptions], ['alpn', 'sni']);
  assert.deepEqual(
    await told(
      'Version: 2.6.12-1+deb12u4\nRelease_date: 2025/10/01\n',
      "Require 'backend/server'.\n",
    ),
    capabilitiesOf([2, 6]),
  );
});
