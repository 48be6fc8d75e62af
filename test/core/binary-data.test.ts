import assert from 'node:assert/strict';
import { test } from 'node:test';
import { diagnoseBinaryData } from '../../functions/core/binary-data.ts';
import { readContent } from '../../functions/core/objects.ts';
import { renderManifests } from '../../functions/core/offline.ts';

const BYTES = Buffer.from([0xff, 0xfe, 0]).toString('base64');
const map = (name: string, more: object) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace: 'lb' },
  ...more,
});
const MAPS = [
  map('services', {
    data: { web: '{"namespace":"shop","selector":{"app":"web"}}' },
    binaryData: { shop: BYTES, blog: BYTES },
  }),
  map('config', { data: { template: 'global\n' }, binaryData: { 'files.logo': BYTES } }),
  map('certificates', { binaryData: { 'a.example': BYTES } }),
];

test('keys in binaryData are named, each with its object; what is in data ships', () => {
  const result = renderManifests({
    texts: [{ origin: 'all', text: JSON.stringify({ kind: 'List', items: MAPS }) }],
    settings: { namespace: 'lb', dialect: 'jinja2', env: {}, statisticsPassword: '' },
    variant: { sslDir: '/ssl', filesDir: '/files', params: {} },
  });
  assert.equal(result.kind, 'rendered');
  assert.deepEqual(
    result.diagnostics.map(({ code, where, message }) => [code, where.object, where.key, message]),
    (
      [
        ['certificates', 'a.example', 'certificate'],
        ['config', 'files.logo', 'template or file'],
        ['services', 'blog', 'service'],
        ['services', 'shop', 'service'],
      ] as const
    ).map(([name, key, what]) => [
      'binary-data',
      `configmaps/lb/${name}`,
      key,
      `${what} ${key} is left out: it is in binaryData, which is not read`,
    ]),
  );
});

test('an object without binaryData, and none at all, have nothing to tell', () => {
  for (const more of [{}, { binaryData: null }, { binaryData: {} }, { data: { a: '' } }]) {
    const json = Buffer.from(JSON.stringify(map('services', more)));
    assert.deepEqual(diagnoseBinaryData('lb', 'services', readContent(json)), []);
  }
  assert.deepEqual(diagnoseBinaryData('lb', 'services', undefined), []);
});
