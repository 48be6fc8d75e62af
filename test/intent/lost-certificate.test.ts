import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { test } from 'node:test';
import { connect } from 'node:tls';
import { namedBackend, startLoop } from '../kit/loop.ts';
import { freePort } from '../kit/port.ts';
import { until } from '../kit/until.ts';

/** The fingerprint of the certificate that is shown on a port. */
async function shownOn(port: number): Promise<string> {
  const socket = connect({ host: '127.0.0.1', port, rejectUnauthorized: false });
  try {
    await once(socket, 'secureConnect');
    return socket.getPeerCertificate().fingerprint256;
  } finally {
    socket.destroy();
  }
}

test('a service that starts after a certificate was deleted that the template names freezes no proxy', async (t) => {
  const tlsPort = await freePort();
  const loop = await startLoop(t, { tlsPort });
  const [a, b, c] = await Promise.all(['a', 'b', 'c'].map((name) => namedBackend(t, name)));
  assert.ok(a && b && c);
  await loop.turnTo(a);
  const fingerprint = await shownOn(tlsPort);
  const { reloads } = (await loop.reloader.status()).counts;
  const { child } = loop.service;
  child.kill('SIGTERM');
  await once(child, 'exit');
  await loop.loseCertificate();
  await loop.startService();
  await loop.turnTo(b);
  assert.equal(await shownOn(tlsPort), fingerprint);
  const { counts, refused } = await loop.reloader.status();
  assert.deepEqual([counts.refusals, refused, counts.reloads], [0, [], reloads]);
  assert.match(loop.reloader.log(), /lacks certificates that the configuration names/);
  await loop.reloader.end('SIGKILL');
  await loop.startReloader();
  await loop.turnTo(c);
  // What takes a reload takes it with what is carried over.
  await loop.write(loop.template.replace('timeout server 10s', 'timeout server 11s'));
  await until('it is reloaded', async () => (await loop.reloader.status()).counts.reloads > 0);
  assert.equal(await shownOn(tlsPort), fingerprint);
  const { fingerprint256 } = new X509Certificate((await loop.renew()).certificatePem);
  await until('the new one is shown', async () => (await shownOn(tlsPort)) === fingerprint256);
});
