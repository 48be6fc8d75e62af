import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseAllDocuments, stringify } from 'yaml';
import type { ManifestText } from '../../functions/index.ts';
import { folder } from '../kit/folder.ts';
import { EXAMPLES, goldenFolder, readExample, renderTexts } from './example.ts';
import { check, stage } from './proxy.ts';

/** The objects of texts, each a text of its own, in another order. */
function shuffled(texts: readonly ManifestText[]): readonly ManifestText[] {
  const objects = texts.flatMap(({ text }) =>
    parseAllDocuments(text).map((document) => stringify(document.toJS())),
  );
  const middle = objects.length >> 1;
  return [...objects.slice(middle).reverse(), ...objects.slice(0, middle)].map((text, i) => ({
    origin: `object ${i}`,
    text,
  }));
}

/** Services that a template must survive: the rest of the fleet depends on it. */
const ODD_SERVICES = {
  'a-empty': {},
  'b-no-hostnames': { hostnames: [], ports: [8080], port: 8080, ssl: true, cache: true },
  'c-no-ports': { hostnames: ['c.example.com'], path: '/c/' },
  'd-hostile': {
    hostnames: ["d.example.com'\n    stats enable\n", 'e e', '-f', '#d', 'd"d\\d', 12],
    path: "/d'd\nbackend evil",
    ports: ['8080 check\n    backup', 8081],
    port: '8080 check\n    backup',
    ssl: true,
    cache: true,
    canary: true,
  },
  'e-odd-types': { hostnames: null, path: 7, ports: null, port: null, listen: 'all', tier: 4 },
  'f-twin': { hostnames: ['g.example.com'], listen: 8025, port: 8080 },
  health: { hostnames: ['h.example.com'], port: 8080 },
  http: { hostnames: ['h.example.com'], port: 8080 },
};

const objectsOf = (text: string) =>
  parseAllDocuments(text).map((document) => document.toJS() as { metadata: { name: string } });

/** An example whose services are others, with the pods of the first of them. */
function withServices(
  texts: readonly ManifestText[],
  services: Readonly<Record<string, object>>,
): readonly ManifestText[] {
  const kept = texts.filter(
    ({ text }) => !objectsOf(text).some(({ metadata }) => metadata.name === 'services'),
  );
  const selector = {
    app: objectsOf(texts.find(({ origin }) => origin === 'pods.yaml')?.text ?? '').map(
      ({ metadata }) => (metadata as unknown as { labels: { app: string } }).labels.app,
    )[0],
  };
  const data = Object.fromEntries(
    Object.entries(services).map(([name, fields]) => [
      name,
      JSON.stringify({ namespace: 'default', selector, ...fields }),
    ]),
  );
  const map = { kind: 'ConfigMap', metadata: { name: 'services', namespace: 'lb' }, data };
  return [...kept, { origin: 'services', text: JSON.stringify(map) }];
}

const injected = /^\s*(?:stats enable|backend evil|backup)/m;

for (const name of EXAMPLES) {
  test(`${name} gives its golden files, whatever the order of its objects`, () => {
    const golden = goldenFolder(name);
    const read = (path: string) => readFileSync(join(golden, path), 'utf8');
    const texts = readExample(name);
    const bundle = renderTexts(texts);
    const delivered = bundle.files.filter(({ path }) => !path.startsWith('ssl/'));
    for (const { path, content } of delivered) assert.equal(content, read(path), path);
    const files = existsSync(join(golden, 'files')) ? readdirSync(join(golden, 'files')) : [];
    assert.equal(delivered.length, files.length + 1, 'every golden file is delivered');
    assert.equal(renderTexts(shuffled(texts)).etag, bundle.etag);
  });

  test(`${name} means the same in the Python 2 dialect`, () => {
    const texts = readExample(name);
    assert.equal(renderTexts(texts, { dialect: 'python2' }).etag, renderTexts(texts).etag);
  });

  test(`${name} passes haproxy -c without a warning`, async () => {
    const target = await folder();
    const folders = { sslDir: join(target, 'ssl'), filesDir: join(target, 'files') };
    stage(renderTexts(readExample(name), folders), target);
    assert.deepEqual(check(join(target, 'haproxy.cfg')), { status: 0, alerts: [] });
  });

  for (const [reason, services] of [
    ['no services at all', {}],
    ['services that lack things, or mean harm', ODD_SERVICES],
  ] as const)
    test(`${name} survives ${reason}`, async () => {
      const target = await folder();
      const folders = { sslDir: join(target, 'ssl'), filesDir: join(target, 'files') };
      const texts = withServices(readExample(name), services);
      const bundle = renderTexts(texts, { ...folders, mayLeaveOut: true });
      stage(bundle, target);
      assert.deepEqual(check(join(target, 'haproxy.cfg')), { status: 0, alerts: [] });
      const config = bundle.files.find(({ path }) => path === 'haproxy.cfg')?.content ?? '';
      const own = name === 'basic' ? /^ {4}stats enable$/m : /$^/;
      assert.doesNotMatch(config.replace(own, ''), injected);
    });
}
