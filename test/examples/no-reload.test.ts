import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseAllDocuments } from 'yaml';
import type { ManifestText } from '../../functions/index.ts';
import { probe } from '../../reloader/haproxy/probe.ts';
import { plan } from '../../reloader/plan.ts';
import { makeCertificate } from '../kit/certificate.ts';
import { HAPROXY } from '../kit/haproxy.ts';
import { pod } from '../kit/objects.ts';
import { service, slice, tlsSecret } from './cluster-objects.ts';
import { readExample, readManifests, renderTexts } from './example.ts';
import { backends, route } from './gateway/objects.ts';
import { ingress } from './ingress/objects.ts';

const ROOT = '/state/current';
const FOLDERS = { sslDir: `${ROOT}/ssl`, filesDir: `${ROOT}/files` };
const NAME = 'another';

/** These manifests with a service more: its entry, its pods, and, where there are others, its certificate. */
async function withAnother(texts: readonly ManifestText[]): Promise<readonly ManifestText[]> {
  const { certificatePem, keyPem } = await makeCertificate({ names: ['another.example.com'] });
  const service = { namespace: 'default', selector: { app: NAME }, port: 8080 };
  const added: Readonly<Record<string, string>> = {
    services: JSON.stringify({ ...service, hostnames: ['another.example.com'], ssl: true }),
    certificates: certificatePem,
    keys: Buffer.from(keyPem).toString('base64'),
  };
  const grow = (object: { metadata: { name: string }; data?: Record<string, string> }) => {
    const { name } = object.metadata;
    const value = added[name];
    const isAlone = name !== 'services' && Object.keys(object.data ?? {}).length === 0;
    if (value === undefined || isAlone) return object;
    // Before all others: the place of a certificate that a listener would have as its default.
    return { ...object, data: { 'a-another': value, ...object.data } };
  };
  const objects = texts.flatMap(({ text }) =>
    parseAllDocuments(text).map((one) => grow(one.toJS())),
  );
  const pods = [1, 2].map((i) =>
    pod({ name: `another-${i}`, namespace: 'default', ip: `10.9.0.${i}`, labels: { app: NAME } }),
  );
  return [...objects, ...pods].map((object, i) => ({
    origin: `object ${i}`,
    text: JSON.stringify(object),
  }));
}

const start = join(import.meta.dirname, '..', '..', '..', 'k8s', 'config');
const TEMPLATES: Readonly<Record<string, readonly ManifestText[]>> = {
  many: readExample('many'),
  maps: readExample('maps'),
  'k8s/config': readManifests(start).filter(({ origin }) => origin !== 'kustomization.yaml'),
};

/** That it is no reload where HAProxy is 3.4, there and back, and elsewhere one for the backend alone. */
async function checkNoReload(
  texts: readonly ManifestText[],
  more: readonly ManifestText[],
  backend: RegExp,
): Promise<void> {
  const capabilities = (await probe(HAPROXY)) ?? assert.fail(`no HAProxy at ${HAPROXY}`);
  const [old, now] = [renderTexts(texts, FOLDERS), renderTexts(more, FOLDERS)];
  for (const [from, to] of [
    [old, now],
    [now, old],
  ] as const) {
    const planned = plan({ old: from.files, new: to.files, root: ROOT, capabilities });
    const expected = capabilities.addsBackends ? 'runtime' : 'reload';
    assert.equal(planned.kind, expected, JSON.stringify(planned));
    if (planned.kind === 'reload') assert.match(planned.reason, backend);
    else assert.ok(planned.kind === 'runtime' && planned.operations.length >= 5);
  }
}

for (const [name, texts] of Object.entries(TEMPLATES))
  test(`${name}: a service comes and goes without a reload, where HAProxy is 3.4`, async () => {
    await checkNoReload(texts, await withAnother(texts), /^backend service_a-another is/);
  });

test('ingress: an Ingress comes and goes without a reload, where HAProxy is 3.4', async () => {
  const texts = readExample('ingress');
  const host = 'another.example.com';
  const annotations = { 'proxy-read-timeout': '9', 'app-root': '/a', 'backend-protocol': 'HTTPS' };
  const added = [
    ingress({
      name: 'another',
      annotations,
      tls: [{ hosts: [host], secretName: 'another' }],
      rules: {
        [host]: [
          { path: '/', to: 'more' },
          { path: '/a', pathType: 'Exact', to: 'more' },
        ],
      },
    }),
    service({ name: 'more' }),
    slice({ name: 'more-a', of: 'more', endpoints: [{ ip: '10.9.0.1', pod: 'more-1' }] }),
    tlsSecret('another', await makeCertificate({ names: [host] })),
  ];
  const more = added.map((object, i) => ({ origin: `added ${i}`, text: JSON.stringify(object) }));
  await checkNoReload(texts, [...texts, ...more], /^backend default_another_more_80 is/);
});

test('gateway: a route comes and goes without a reload, where HAProxy is 3.4', async () => {
  const texts = readExample('gateway');
  const added = [
    route({
      name: 'another',
      to: [{ name: 'web', namespace: 'infra' }],
      hosts: ['another.example.com'],
      rules: [backends({ name: 'more', weight: 3 }, 'static')],
    }),
    service({ name: 'more' }),
    slice({ name: 'more-a', of: 'more', endpoints: [{ ip: '10.9.0.1', pod: 'more-1' }] }),
  ];
  const more = added.map((object, i) => ({ origin: `added ${i}`, text: JSON.stringify(object) }));
  await checkNoReload(texts, [...texts, ...more], /^backend default_another_0_\d is/);
});
