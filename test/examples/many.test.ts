import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ManifestText } from '../../functions/index.ts';
import { makeCertificate } from '../kit/certificate.ts';
import { readExample } from './example.ts';
import { get, namesServed, podOf, startProxy } from './proxy.ts';

const SERVICES = 1_000;

/** A few certificates, for the hostnames of many services each. */
async function makeCertificates(count: number) {
  const certificates: Record<string, string> = {};
  const keys: Record<string, string> = {};
  for (let i = 0; i < count; i += 1) {
    const names = Array.from({ length: SERVICES / count }, (_, k) => hostOf(i + k * count));
    const { certificatePem, keyPem } = await makeCertificate({ names });
    certificates[`extra-${i}`] = certificatePem;
    keys[`extra-${i}`] = Buffer.from(keyPem).toString('base64');
  }
  return { certificates, keys };
}

const hostOf = (i: number) => `many-${i}.example.net`;

/** The example with a thousand services more, all with the pods of its shop, and certificates for all of them. */
async function withMany(): Promise<readonly ManifestText[]> {
  const { certificates, keys } = await makeCertificates(20);
  const services = Object.fromEntries(
    Array.from({ length: SERVICES }, (_, i) => [
      `many-${i}`,
      JSON.stringify({
        namespace: 'default',
        selector: { app: 'shop' },
        hostnames: [hostOf(i)],
        ssl: i % 2 === 0,
        patient: i % 3 === 0,
      }),
    ]),
  );
  const insert = (text: string, data: Readonly<Record<string, string>>) => {
    const lines = Object.entries(data).map(
      ([key, value]) => `  ${key}: ${JSON.stringify(value)}\n`,
    );
    return text.replace(/^data:\n/m, (head) => `${head}${lines.join('')}`);
  };
  const more: Readonly<Record<string, Readonly<Record<string, string>>>> = {
    'services.yaml': services,
    'certificates.yaml': certificates,
    'keys.yaml': keys,
  };
  return readExample('many').map(({ origin, text }) => ({
    origin,
    text: insert(text, more[origin] ?? {}),
  }));
}

test('many routes a thousand services by maps, over TLS by a list of certificates', async (t) => {
  const proxy = await startProxy(t, { texts: await withMany() });
  const ask = (host: string) => get({ port: proxy.port(8000), headers: { Host: host } });
  assert.equal(podOf(await ask('status.example.com')), 'status');
  for (const i of [1, 501, 999]) assert.equal(podOf(await ask(hostOf(i))), 'shop');
  assert.equal(podOf(await ask('WWW.nobody.example.com')), 'status 404');
  const { status, headers } = await ask(hostOf(10));
  assert.deepEqual([status, headers.location], [308, `https://${hostOf(10)}:8443/`]);
  const tls = proxy.port(8443);
  for (const i of [0, 500, 998]) assert.match(await namesServed(tls, hostOf(i)), /many-/);
  assert.match(await namesServed(tls, 'shop.example.com'), /shop\.example\.com/);
  assert.equal(await namesServed(tls, 'nobody.example.com'), '', 'no handshake');
});
