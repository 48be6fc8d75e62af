import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { connect as connectHttp2 } from 'node:http2';
import { request } from 'node:https';
import { test } from 'node:test';
import { connect } from 'node:tls';
import { parse } from 'yaml';
import { readExample } from './example.ts';
import { type Got, get, podOf, startProxy } from './proxy.ts';

const texts = readExample('tls');
const certificates = parse(texts.find(({ origin }) => origin === 'certificates.yaml')?.text ?? '')
  .data as Record<string, string>;
const ca = Object.values(certificates);

/** The fingerprint of the certificate that is served for a name. */
function served(port: number, servername: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port, servername, ca }, () => {
      resolve(socket.getPeerCertificate().fingerprint256);
      socket.end();
    });
    socket.on('error', reject);
  });
}

function getOverTls(port: number, host: string): Promise<Got> {
  return new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', port, servername: host, ca, agent: false };
    request({ ...options, headers: { Host: host } }, (response) => {
      let body = '';
      response.on('data', (chunk: Buffer) => {
        body += chunk.toString();
      });
      response.on('end', () =>
        resolve({ status: response.statusCode, headers: response.headers, body }),
      );
    })
      .on('error', reject)
      .end();
  });
}

test('tls serves each name its certificate', async (t) => {
  const proxy = await startProxy(t, { texts });
  const port = proxy.port(8443);

  for (const [host, name] of [
    ['shop.example.com', 'shop.example.com'],
    ['www.example.com', 'shop.example.com'],
    ['intranet.example.org', 'wildcard.example.org'],
  ] as const)
    await t.test(`${host} by SNI`, async () => {
      const expected = new X509Certificate(certificates[name] ?? '').fingerprint256;
      assert.equal(await served(port, host), expected);
    });

  await t.test('a name without a certificate gets no handshake', async () => {
    await assert.rejects(served(port, 'nobody.example.com'), /unrecognized name|alert/);
  });

  await t.test('requests reach the pods, which are told of HTTPS', async () => {
    const got = await getOverTls(port, 'shop.example.com');
    assert.equal(podOf(got), 'shop');
    assert.equal(JSON.parse(got.body).headers['x-forwarded-proto'], 'https');
    assert.equal(got.headers['strict-transport-security'], 'max-age=31536000');
    assert.equal(podOf(await getOverTls(port, 'intranet.example.org')), 'intranet');
  });

  await t.test('a service without TLS is not served over it', async () => {
    const headers = { Host: 'status.example.com' };
    const options = { host: '127.0.0.1', port, servername: 'shop.example.com', ca, agent: false };
    const status = await new Promise((resolve, reject) => {
      request({ ...options, headers }, (response) => resolve(response.statusCode))
        .on('error', reject)
        .end();
    });
    assert.equal(status, 404);
  });

  await t.test('HTTP/2 is offered', async () => {
    const session = connectHttp2(`https://shop.example.com:${port}`, {
      createConnection: () =>
        connect({
          host: '127.0.0.1',
          port,
          servername: 'shop.example.com',
          ca,
          ALPNProtocols: ['h2'],
        }),
    });
    const stream = session.request({ ':path': '/' });
    const status = await new Promise((resolve, reject) => {
      stream.on('response', (headers) => resolve(headers[':status']));
      stream.on('error', reject);
      session.on('error', reject);
    });
    session.destroy();
    assert.equal(status, 200);
  });

  await t.test('plain HTTP is redirected, with its path, query and method', async () => {
    const headers = { Host: 'www.example.com:8000' };
    const path = '/a/b?c=d';
    const got = await get({ port: proxy.port(8000), path, method: 'POST', headers });
    assert.equal(got.status, 308);
    assert.equal(got.headers.location, 'https://www.example.com:8443/a/b?c=d');
  });

  await t.test('a service without TLS is served plainly', async () => {
    const headers = { Host: 'status.example.com' };
    assert.equal(podOf(await get({ port: proxy.port(8000), headers })), 'status');
  });
});

test('tls without a certificate serves plain HTTP all the same', async (t) => {
  const proxy = await startProxy(t, {
    texts: texts.filter(({ origin }) => !/^(cert|keys)/.test(origin)),
  });
  const ask = (host: string) => get({ port: proxy.port(8000), headers: { Host: host } });
  assert.equal(podOf(await ask('status.example.com')), 'status');
  assert.equal(podOf(await ask('shop.example.com')), 'status 308');
});
