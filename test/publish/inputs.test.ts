import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { chooseForFeeds, feedsOf, statesOf } from '../../functions/core/inputs/from-manifests.ts';
import { readManifests } from '../../functions/core/manifests.ts';
import { renderManifests } from '../../functions/core/offline.ts';
import { makeCertificate, type TestCertificate } from '../kit/certificate.ts';
import type { BundleFile } from '../../functions/wire/bundle.ts';
import { configMap, put } from '../kit/objects.ts';
import { makeStaple } from '../kit/ocsp.ts';
import { until } from '../kit/until.ts';
import { bundle, config, SERVICES, SETTINGS, startPublisher, VARIANT } from './start.ts';

const INPUTS =
  'things: {apiVersion: example.com/v1, kind: Thing, fields: [size], labelSelector: on}';
const TEMPLATE =
  '{% for thing in inputs.things %}{{ thing.metadata.name }}={{ thing.size }} {% endfor %}\n';
const CONFIG = config(TEMPLATE, { 'inputs.yaml': INPUTS });
const FEEDS = feedsOf({ 'inputs.yaml': INPUTS });

const things = (...sizes: readonly (readonly [string, number])[]) =>
  chooseForFeeds(
    sizes.flatMap(
      ([name, size]) =>
        readManifests(
          JSON.stringify({
            apiVersion: 'example.com/v1',
            kind: 'Thing',
            metadata: { name, namespace: 'shop', labels: { on: '' } },
            size,
          }),
          'x',
        ).any,
    ),
    FEEDS,
  );

function start(t: Parameters<typeof startPublisher>[0]) {
  const started = startPublisher(t);
  const { publisher } = started;
  const rest = { asOf: {}, isSynced: true, unread: [] };
  return {
    ...started,
    give: (changes: Parameters<typeof publisher.deliver>[0]['changes'], isRead = true) =>
      publisher.deliver({ changes, ...rest, feeds: isRead ? statesOf(FEEDS) : {} }),
  };
}

test('objects of inputs reach the configuration, and what is new of them', async (t) => {
  const { give, text, publisher } = start(t);
  give([SERVICES, CONFIG, ...things(['b', 2], ['a', 1])]);
  await until('it is served', async () => publisher.status().isReady);
  assert.equal(await text(), 'a=1 b=2 \n');
  give(things(['b', 3]));
  await until('the change is served', async () => (await text()) === 'a=1 b=3 \n');
});

test('nothing is served before the inputs were read, and /status says which', async (t) => {
  const { give, publisher, text } = start(t);
  give([SERVICES, CONFIG], false);
  await until('it is judged', () => publisher.status().notReady?.code === 'input-unread');
  assert.match(
    publisher.status().notReady?.message ?? '',
    /input things .* Thing of example.com\/v1/,
  );
  give(things(['a', 1]));
  await until('it is served', async () => publisher.status().isReady);
  assert.equal(await text(), 'a=1 \n');
});

test('inputs that are not in order are held back, and objects of the last good ones flow', async (t) => {
  const { give, publisher, text } = start(t);
  give([SERVICES, CONFIG, ...things(['a', 1])]);
  await until('it is served', async () => publisher.status().isReady);
  give([config(TEMPLATE, { 'inputs.yaml': 'things: {' })]);
  await until('it is held back', () => publisher.status().intent.held.length === 1);
  const [held] = publisher.status().intent.held;
  assert.deepEqual([held?.unit, held?.diagnostic.code], ['config', 'inputs-yaml']);
  assert.equal(held?.diagnostic.where.line, 1);
  give(things(['a', 2]));
  await until('it flows', async () => (await text()) === 'a=2 \n');
});

test('a snapshot renders elsewhere to the same hash, with what was kept of the objects', async (t) => {
  const { give, publisher, etag } = start(t);
  give([SERVICES, CONFIG, ...things(['b', 2], ['a', 1])]);
  await until('it is served', async () => publisher.status().isReady);
  const snapshot = Buffer.from(publisher.snapshot(VARIANT) ?? assert.fail()).toString();
  assert.ok(!snapshot.includes('"on"'), 'labels were not kept');
  const result = renderManifests({
    texts: [{ origin: 'snapshot', text: snapshot }],
    settings: SETTINGS,
    variant: VARIANT,
  });
  assert.equal(result.kind === 'rendered' && result.bundle.etag, await etag());
});

const CERTIFICATES = 'tls: {apiVersion: v1, kind: Secret, namespaces: [shop]}';
const TLS_TEMPLATE =
  '{% for secret in inputs.tls %}bind :443 ssl crt {{ ssldir }}/{{ secret.certificate }}.pem {{ secret.data is defined }} {% endfor %}{{ certificates }}\n';

const secretOf = ({ certificatePem, keyPem }: TestCertificate, more: object = {}) => ({
  apiVersion: 'v1',
  kind: 'Secret',
  type: 'kubernetes.io/tls',
  metadata: { name: 'web', namespace: 'shop' },
  data: {
    'tls.crt': Buffer.from(certificatePem).toString('base64'),
    'tls.key': Buffer.from(keyPem).toString('base64'),
    ...more,
  },
});

/** A publisher that is given objects, Secrets among them. */
function startWithSecrets(t: TestContext) {
  const feeds = feedsOf({ 'inputs.yaml': CERTIFICATES });
  const { publisher, ask } = startPublisher(t);
  const give = (...objects: readonly object[]) =>
    publisher.deliver({
      changes: [
        ...objects.map((object) => put(object as Parameters<typeof put>[0])),
        ...chooseForFeeds(
          readManifests(JSON.stringify({ kind: 'List', items: objects }), 'x').any,
          feeds,
        ),
      ].filter(({ kind }) => kind !== 'secrets'),
      ...{ asOf: {}, isSynced: true, unread: [], feeds: statesOf(feeds) },
    });
  const files = async () =>
    JSON.parse(Buffer.from(bundle(await ask()).json).toString()).files as readonly BundleFile[];
  return { publisher, ask, give, files };
}

test('certificates of Secrets are delivered; their keys reach no template, no renderer and no snapshot', async (t) => {
  const { publisher, give, files } = startWithSecrets(t);
  const [first, second] = await Promise.all(
    [1, 2].map(() => makeCertificate({ names: ['a.example'] })),
  );
  if (!first || !second) return assert.fail();
  give(
    configMap('services', {}),
    configMap('config', { template: TLS_TEMPLATE, 'inputs.yaml': CERTIFICATES }),
    secretOf(first),
  );
  await until('it is served', async () => publisher.status().isReady);
  const config = (await files()).find(({ path }) => path === 'haproxy.cfg')?.content;
  assert.equal(config, "bind :443 ssl crt /ssl/shop_web.pem False ['shop_web']\n");
  const pem = async () => (await files()).find(({ path }) => path === 'ssl/shop_web.pem')?.content;
  assert.equal(await pem(), `${first.keyPem}${first.certificatePem}`.replaceAll('\n\n', '\n'));
  assert.deepEqual(
    publisher.status().certificates.map(({ name }) => name),
    ['shop_web'],
  );
  const snapshot = Buffer.from(publisher.snapshot(VARIANT) ?? assert.fail()).toString();
  const secret = Buffer.from(first.keyPem).toString('base64');
  assert.ok(snapshot.includes('"certificate":"shop_web"') && !snapshot.includes('tls.key'));
  assert.ok(!snapshot.includes(secret.slice(50, 90)));
  give(secretOf(second));
  await until('it is renewed', async () => (await pem())?.startsWith(second.keyPem) === true);
});

test('an OCSP response is delivered with its certificate, and a snapshot tells its hash alone', async (t) => {
  const { publisher, ask, give, files } = startWithSecrets(t);
  const { issuer, certificatePem } = await makeCertificate({ names: ['CA'], isAuthority: true });
  const leaf = await makeCertificate({ names: ['a.example'], issuer });
  const whole = { ...leaf, certificatePem: leaf.certificatePem + certificatePem };
  const staple = () => makeStaple({ ...leaf, issuer }).toString('base64');
  const first = staple();
  give(
    configMap('services', {}),
    configMap('config', { template: TLS_TEMPLATE, 'inputs.yaml': CERTIFICATES }),
    secretOf(whole, { 'tls.ocsp-staple': first }),
  );
  await until('it is served', async () => publisher.status().isReady);
  const served = async () => (await files()).find(({ path }) => path === 'ssl/shop_web.pem.ocsp');
  const { mode, encoding, content } = (await served()) ?? assert.fail();
  assert.deepEqual([mode, encoding, content], [0o600, 'base64', first]);
  const text = Buffer.from(publisher.snapshot(VARIANT) ?? assert.fail()).toString();
  assert.ok(!text.includes(first));
  const texts = [{ origin: 'x', text }];
  const again = renderManifests({ texts, settings: SETTINGS, variant: VARIANT });
  assert.equal(again.kind === 'rendered' && again.bundle.etag, bundle(await ask()).etag);

  const second = staple();
  give(secretOf(whole, { 'tls.ocsp-staple': second }));
  await until('it is renewed', async () => (await served())?.content === second);
  give(secretOf(whole, { 'tls.ocsp-staple': 'bm9uZQ==' }));
  await until('a bad one is left out', async () => (await served()) === undefined);
  const { code, where } =
    publisher.status().diagnostics.find((one) => one.code === 'certificate-staple') ??
    assert.fail();
  assert.deepEqual([code, where.object], ['certificate-staple', 'secrets/shop/web']);
  assert.ok((await files()).some(({ path }) => path === 'ssl/shop_web.pem'));
});
