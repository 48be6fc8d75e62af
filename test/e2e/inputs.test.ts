import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { rename, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { type TestContext, test } from 'node:test';
import { connect } from 'node:tls';
import { makeCertificate, type TestCertificate } from '../kit/certificate.ts';
import { balancing } from '../kit/configuration.ts';
import { folder } from '../kit/folder.ts';
import { namedBackend } from '../kit/loop.ts';
import { configMap } from '../kit/objects.ts';
import { makeStaple } from '../kit/ocsp.ts';
import { freePort } from '../kit/port.ts';
import { startReloader } from '../kit/reloader.ts';
import { get } from '../kit/request.ts';
import { startServiceProcess } from '../kit/service.ts';
import { stapleOf } from '../kit/stapled.ts';
import { until } from '../kit/until.ts';

/** A folder of manifests that is served, and what replaces them. */
async function serve(t: TestContext, items: readonly object[], args: readonly string[] = []) {
  const manifests = await folder();
  const save = async (objects: readonly object[]): Promise<void> => {
    const path = join(manifests, 'all.json');
    await writeFile(`${path}.new`, JSON.stringify({ kind: 'List', items: objects }));
    await rename(`${path}.new`, path);
  };
  await save(items);
  return { save, service: await startServiceProcess(t, { from: manifests, args }) };
}

/** The serial number that a client is shown who knows signatures of one type alone. */
function shown(port: number, sigalgs: string): Promise<string> {
  return new Promise((done, reject) => {
    const options = { servername: 'site.test', rejectUnauthorized: false, sigalgs };
    const connection = connect(
      { port, host: '127.0.0.1', maxVersion: 'TLSv1.2', ...options },
      () => {
        done(connection.getPeerCertificate().serialNumber);
        connection.destroy();
      },
    );
    connection.on('error', reject);
  });
}

const serialOf = ({ certificatePem }: TestCertificate) =>
  new X509Certificate(certificatePem).serialNumber;

test('Secrets that are renewed, as cert-manager does, with keys of two types, reach clients without a reload', async (t) => {
  const port = await freePort();
  const secretOf = (name: string, { certificatePem, keyPem }: TestCertificate) => ({
    apiVersion: 'v1',
    kind: 'Secret',
    type: 'kubernetes.io/tls',
    metadata: { name, namespace: 'shop', labels: { edge: 'true' } },
    data: {
      'tls.crt': Buffer.from(certificatePem).toString('base64'),
      'tls.key': Buffer.from(keyPem).toString('base64'),
    },
  });
  const make = (keyType: 'rsa' | 'ecdsa') => makeCertificate({ names: ['site.test'], keyType });
  const template = `${balancing(await freePort(), [])}
frontend tls
  mode http
  bind 127.0.0.1:${port} ssl
{%- for name in inputs.certs|map(attribute="certificate")|unique %} crt {{ ssldir }}/{{ name }}.pem{% endfor %}
  http-request return status 200
`;
  const inputs =
    'certs: {apiVersion: v1, kind: Secret, namespaces: [shop], labelSelector: edge=true}';
  const maps = [
    configMap('services', {}),
    configMap('config', { template, 'inputs.yaml': inputs }),
  ];
  const [rsa, ecdsa] = [await make('rsa'), await make('ecdsa')];
  const items = (first: TestCertificate, second: TestCertificate) => [
    ...maps,
    secretOf('site.rsa', first),
    secretOf('site.ecdsa', second),
  ];
  const { save, service } = await serve(t, items(rsa, ecdsa));
  const reloader = await startReloader(t, { stateDir: await folder(), renderer: service.url });
  const isShown = (sigalgs: string, certificate: TestCertificate) =>
    until(
      `${sigalgs} gets its certificate`,
      async () => (await shown(port, sigalgs)) === serialOf(certificate),
    );
  await isShown('RSA+SHA256', rsa);
  await isShown('ECDSA+SHA256', ecdsa);
  const { counts } = await reloader.status();
  const renewed = await make('rsa');
  await save(items(renewed, ecdsa));
  await isShown('RSA+SHA256', renewed);
  await isShown('ECDSA+SHA256', ecdsa);
  const other = await make('ecdsa');
  await save(items(renewed, other));
  await isShown('ECDSA+SHA256', other);
  assert.equal((await reloader.status()).counts.reloads, counts.reloads, reloader.log());
});

test('OCSP responses of Secrets reach clients, for keys of both types, and are renewed without a reload', async (t) => {
  const port = await freePort();
  const authority = await makeCertificate({ names: ['CA'], isAuthority: true });
  const { issuer } = authority;
  const make = (keyType: 'rsa' | 'ecdsa') =>
    makeCertificate({ names: ['site.test'], keyType, issuer });
  const base64 = (text: string) => Buffer.from(text).toString('base64');
  const secretOf = (name: string, { certificatePem, keyPem }: TestCertificate, staple: string) => ({
    apiVersion: 'v1',
    kind: 'Secret',
    type: 'kubernetes.io/tls',
    metadata: { name, namespace: 'shop', labels: { edge: 'true' } },
    data: {
      'tls.crt': base64(certificatePem + authority.certificatePem),
      'tls.key': base64(keyPem),
      'tls.ocsp-staple': staple,
    },
  });
  const template = `${balancing(await freePort(), [])}
frontend tls
  mode http
  bind 127.0.0.1:${port} ssl crt {{ ssldir }}/shop_site.pem
  http-request return status 200
`;
  const inputs =
    'certs: {apiVersion: v1, kind: Secret, namespaces: [shop], labelSelector: edge=true}';
  const [rsa, ecdsa] = [await make('rsa'), await make('ecdsa')];
  const stapleFor = ({ certificatePem }: TestCertificate, days: number) =>
    makeStaple({ certificatePem, issuer, days }).toString('base64');
  const items = (first: string, second: string) => [
    configMap('services', {}),
    configMap('config', { template, 'inputs.yaml': inputs }),
    secretOf('site.rsa', rsa, first),
    secretOf('site.ecdsa', ecdsa, second),
  ];
  const [one, two] = [stapleFor(rsa, 5), stapleFor(ecdsa, 5)];
  const { save, service } = await serve(t, items(one, two));
  const reloader = await startReloader(t, { stateDir: await folder(), renderer: service.url });
  const isGiven = (sigalgs: string, staple: string) =>
    until(`${sigalgs} gets its OCSP response`, async () => {
      const where = { port, host: '127.0.0.1', servername: 'site.test', sigalgs };
      return (await stapleOf({ ...where, maxVersion: 'TLSv1.2' })) === staple;
    });
  await isGiven('RSA+SHA256', one);
  await isGiven('ECDSA+SHA256', two);
  const { counts } = await reloader.status();
  const [renewed, other] = [stapleFor(rsa, 6), stapleFor(ecdsa, 6)];
  await save(items(renewed, two));
  await isGiven('RSA+SHA256', renewed);
  await isGiven('ECDSA+SHA256', two);
  await save(items(renewed, other));
  await isGiven('ECDSA+SHA256', other);
  assert.equal((await reloader.status()).counts.reloads, counts.reloads, reloader.log());

  // One that is not about the certificate is left out: HAProxy reads its files anew, and the rest is served.
  await save(items(renewed, renewed));
  await isGiven('ECDSA+SHA256', 'none');
  await isGiven('RSA+SHA256', renewed);
  const snapshot = await get(Number(new URL(service.url).port), '/snapshot');
  assert.ok(
    !snapshot.text.includes(renewed.slice(100, 140)),
    'what Secrets hold is in no snapshot',
  );
});

/** The documented pattern, as the page has it. */
const ZONES = /```j2\n(\{% set zone = [\s\S]*?)```/.exec(
  readFileSync(resolve('docs/templates.md'), 'utf8'),
)?.[1];

test('requests go to pods of the own zone, and to all others when none of those is up, as documented', async (t) => {
  const port = await freePort();
  const zone = 'topology.kubernetes.io/zone';
  const [near, far, farther] = await Promise.all(
    ['near', 'far', 'farther'].map((name) => namedBackend(t, name)),
  );
  if (!near || !far || !farther || ZONES === undefined) return assert.fail();
  const podOf = ({ name, port: own }: typeof near, where: object, labels = {}) => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'shop', labels: { app: 'web', ...labels } },
    spec: {
      ...where,
      containers: [{ name: 'web', ports: [{ name: 'http', containerPort: own }] }],
    },
    status: { podIP: '127.0.0.1', conditions: [{ type: 'Ready', status: 'True' }] },
  });
  const node = (name: string, in_: string) => ({
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, labels: { [zone]: in_ } },
  });
  const head = balancing(port, []).split('\nbackend app')[0];
  const template = `${head}\n${ZONES}`
    .replace('default_backend app', 'default_backend web')
    .replace(' check{{', ' check inter 100ms{{');
  const { service } = await serve(
    t,
    [
      configMap('services', { web: '{"namespace":"shop","selector":{"app":"web"}}' }),
      configMap('config', {
        template,
        'inputs.yaml': 'nodes: {apiVersion: v1, kind: Node, fields: [metadata.labels]}',
      }),
      ...[node('n1', 'a'), node('n2', 'b')],
      podOf(near, { nodeName: 'n1' }),
      podOf(far, { nodeName: 'n2' }),
      podOf(farther, { nodeName: 'n1' }, { [zone]: 'b' }),
    ],
    ['--params=zone'],
  );
  await startReloader(t, {
    stateDir: await folder(),
    renderer: service.url,
    env: { PARAMS: 'zone=a' },
  });
  await until('it serves', async () => (await get(port)).status === 200);
  const ask = async () => {
    const answers = await Promise.all(Array.from({ length: 12 }, () => get(port)));
    return [...new Set(answers.map(({ text }) => text))].sort();
  };
  assert.deepEqual(await ask(), ['near']);
  near.server.close();
  near.server.closeAllConnections();
  await until('both others serve', async () => (await ask()).join() === 'far,farther');
});
