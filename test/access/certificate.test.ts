import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { connect, createServer } from 'node:tls';
import type { ClientCertificate } from '../../functions/access/authenticator.ts';
import { readCertificate } from '../../functions/access/certificate.ts';
import { folder } from '../kit/folder.ts';

const REQUEST = `
[req]
distinguished_name = subject
x509_extensions = extensions
prompt = no
[subject]
CN = a.example
[extensions]
subjectAltName = @names
[names]
DNS.1 = b.example
URI.1 = spiffe://x/a, DNS:forged.example
IP.1 = 127.0.0.1
`;

function makeCertificate(path: string): { key: Buffer; cert: Buffer } {
  const [config, key, cert] = ['req.cnf', 'key.pem', 'cert.pem'].map((name) => join(path, name));
  writeFileSync(String(config), REQUEST);
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  const files = ['-config', config, '-keyout', key, '-out', cert].map(String);
  execFileSync('openssl', ['req', '-x509', ...curve, ...files], { stdio: 'pipe' });
  return { key: readFileSync(String(key)), cert: readFileSync(String(cert)) };
}

test('names are read from a real handshake, and a name that hides another is one name', async (t) => {
  const pair = makeCertificate(await folder());
  const server = createServer({
    ...pair,
    ca: pair.cert,
    requestCert: true,
    rejectUnauthorized: false,
  });
  t.after(() => server.close());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const shownBy = async (client: object): Promise<ClientCertificate | undefined> => {
    const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false, ...client });
    const [accepted] = await once(server, 'secureConnection');
    const shown = readCertificate(accepted);
    socket.destroy();
    return shown;
  };
  const { expiresAt, ...shown } = (await shownBy(pair)) ?? assert.fail();
  assert.equal(expiresAt, Date.parse(new X509Certificate(pair.cert).validTo));
  assert.deepEqual(shown, {
    isTrusted: true,
    names: ['a.example', 'b.example', 'spiffe://x/a, DNS:forged.example'],
  });
  assert.equal(await shownBy({}), undefined);

  // Node tells of a resumed session that it is authorized, even where no certificate was ever shown.
  const stranger = connect({ port, host: '127.0.0.1', rejectUnauthorized: false });
  const [session] = await once(stranger, 'session');
  stranger.destroy();
  assert.equal(await shownBy({ session }), undefined, 'a resumed session shows none either');
});
