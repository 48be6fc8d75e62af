import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createMemoryHistory } from '../../functions/intent/memory-history.ts';
import { renderManifests } from '../../functions/core/offline.ts';
import { parseBundle } from '../../functions/wire/bundle.ts';
import { config, service, services, startJudged, TEMPLATE } from '../intent/judged.ts';
import { makeCertificate } from '../kit/certificate.ts';
import { configMap, pod, put, secret } from '../kit/objects.ts';
import { until } from '../kit/until.ts';
import { bundle, SETTINGS, VARIANT } from './start.ts';

const NAMING = TEMPLATE.replace(
  '8000',
  '8000\n  bind 127.0.0.1:8443 ssl crt {{ ssldir }}/site.pem',
);
const BARE = NAMING.replace('site.pem', 'site');
const FOLDER = NAMING.replace('/site.pem', '/');
const LISTING = TEMPLATE.replace(
  '8000',
  '8000\n{%- for name in certificates %}\n  bind 127.0.0.1:8443 ssl crt {{ ssldir }}/{{ name }}.pem\n{%- endfor %}',
);
const GOOD = { web: service('web') };

async function certificate(name: string) {
  const { certificatePem, keyPem } = await makeCertificate({ names: [`${name}.example`] });
  return [
    put(configMap('certificates', { [name]: certificatePem })),
    put(secret('keys', { [name]: Buffer.from(keyPem).toString('base64') })),
  ] as const;
}
const NONE = [put(configMap('certificates', {})), put(secret('keys', {}))];

const podOf = (name: string) => put(pod({ name, ip: '10.1.1.1', labels: { app: 'web' } }));

/** A replica that serves a configuration with a certificate. */
async function start(t: Parameters<typeof startJudged>[0], template: string) {
  const replica = startJudged(t);
  const { ask, deliver, text, judged } = replica;
  const site = await certificate('site');
  deliver([services(GOOD), config({ template }), ...site]);
  await text();
  await judged();
  const files = async () => {
    const { files: all } = parseBundle(Buffer.from(bundle(await ask()).json).toString());
    return new Map(
      all.filter(({ path }) => path.startsWith('ssl/')).map((f) => [f.path, f.sha256]),
    );
  };
  return { ...replica, files, site };
}

for (const [how, template] of [
  ['its path', NAMING],
  ['its bare name', BARE],
  ['the folder that it is the last one of', FOLDER],
] as const)
  test(`a certificate that is gone and that the template names by ${how} stays as it was, and pods go on`, async (t) => {
    const { deliver, text, files, publisher, judged, held, lines } = await start(t, template);
    const before = await files();
    assert.ok(before.has('ssl/site.pem'));
    deliver(NONE);
    deliver([podOf('later')]);
    await until('a pod comes', async () => (await text()).includes('server later'));
    assert.deepEqual(await files(), before);
    const [diagnostic] = publisher.status().diagnostics;
    assert.deepEqual(
      [diagnostic?.code, diagnostic?.severity, diagnostic?.where.key],
      ['certificate-kept', 'error', 'site'],
    );
    assert.ok(lines.some((line) => line.includes('certificate-kept')));
    deliver([services({ ...GOOD, more: service('more') })]);
    await judged();
    assert.deepEqual(held(), [], 'what people change passes with it');
    await until('it is served', async () => (await text()).includes('backend more'));
    deliver(await certificate('site'));
    await until('it is back', () => publisher.status().diagnostics.length === 0);
    assert.notDeepEqual(await files(), before);
  });

test('one that no longer belongs to its key stays as it was, too', async (t) => {
  const { deliver, text, files } = await start(t, NAMING);
  const before = await files();
  const [chain] = await certificate('site');
  deliver([chain, podOf('later')]);
  await until('a pod comes', async () => (await text()).includes('server later'));
  assert.deepEqual(await files(), before);
});

test('one that the configuration does not name goes at once', async (t) => {
  const { deliver, text, files, publisher } = await start(t, LISTING);
  deliver([...NONE, podOf('later')]);
  await until('a pod comes', async () => (await text()).includes('server later'));
  assert.equal((await files()).size, 0);
  assert.deepEqual(publisher.status().diagnostics, []);
});

test('what a snapshot of it gives elsewhere has the same hash', async (t) => {
  const { deliver, text, etag, publisher } = await start(t, NAMING);
  deliver([...NONE, podOf('later')]);
  await until('a pod comes', async () => (await text()).includes('server later'));
  const snapshot = Buffer.from(publisher.snapshot(VARIANT) ?? '').toString();
  const texts = [{ text: snapshot, origin: 'snapshot' }];
  const result = renderManifests({ texts, variant: VARIANT, settings: SETTINGS });
  assert.equal(result.kind === 'rendered' && result.bundle.etag, await etag());
});

test('a replica that starts after it has gone says so, and what people change passes with it all the same', async (t) => {
  const history = createMemoryHistory(10);
  const first = startJudged(t, { history });
  const site = await certificate('site');
  first.deliver([services(GOOD), config({ template: NAMING }), ...site]);
  await first.text();
  await first.judged();
  const { deliver, publisher, judged, held, text } = startJudged(t, { history });
  deliver([services(GOOD), config({ template: NAMING }), ...NONE]);
  await judged();
  await text();
  const [diagnostic] = publisher.status().diagnostics;
  assert.deepEqual([diagnostic?.code, diagnostic?.where.key], ['certificate-missing', 'site']);
  deliver([services({ ...GOOD, more: service('more'), bad: service('bad', { backend: 'web' }) })]);
  await judged();
  assert.deepEqual(held(), ['services/bad']);
  await until('the rest is served', async () => (await text()).includes('backend more'));
  deliver([services(GOOD), config({ template: NAMING.replaceAll('site.pem', 'another.pem') })]);
  await judged();
  assert.deepEqual(held(), ['config'], 'one that was never there is no excuse');
});
