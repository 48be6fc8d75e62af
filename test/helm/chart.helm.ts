import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { readdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { parseAllDocuments } from 'yaml';
import { buildKustomization, type Manifest, nameManifest } from '../k8s/kustomization.ts';
import { folder } from '../kit/folder.ts';

const HELM = process.env.HELM ?? assert.fail('HELM is set by npm run test:helm');
const CHART = resolve('k8s/helm');

const sorted = (manifests: readonly Manifest[]) =>
  [...manifests].sort((a, b) => (nameManifest(a) < nameManifest(b) ? -1 : 1));
const kustomized = (...names: readonly string[]) =>
  sorted(names.flatMap((name) => buildKustomization(resolve('k8s', name))));

const run = (args: readonly string[]) => spawnSync(HELM, args, { encoding: 'utf8' });

function render(sets: readonly string[], { chart = CHART, namespace = 'lb' } = {}) {
  const flags = sets.flatMap((set) => ['--set-json', set]);
  const { status, stdout, stderr } = run(['template', 'x', chart, '-n', namespace, ...flags]);
  assert.equal(status, 0, stderr);
  const documents = parseAllDocuments(stdout).map((document): Manifest => document.toJS());
  return sorted(documents.filter(Boolean));
}

const find = (manifests: readonly Manifest[], name: string) =>
  manifests.find((manifest) => nameManifest(manifest) === name) ?? assert.fail(`no ${name}`);

const SAME: readonly (readonly [sets: string[], folders: string[]])[] = [
  [['createNamespace=true'], ['daemonset']],
  [['createNamespace=true', 'haproxy={"kind":"Deployment"}'], ['deployment']],
  [
    ['createNamespace=true', 'admission={"enabled":true}', 'monitoring={"enabled":true}'],
    ['daemonset', 'admission', 'monitoring'],
  ],
];

for (const [sets, folders] of SAME)
  test(`with ${sets.join(', ')} its objects are those of ${folders.join(', ')}`, () => {
    assert.deepEqual(render(sets), kustomized(...folders));
  });

test('with all namespaces, its objects are those of all-namespaces instead of namespace-pods', () => {
  const own = new Set(kustomized('namespace-pods').map(nameManifest));
  const others = kustomized('daemonset', 'all-namespaces').filter(
    (manifest) => !own.has(nameManifest(manifest)),
  );
  assert.deepEqual(render(['createNamespace=true', 'pods={"all":true}']), others);
});

test('without the configuration and the namespace, these alone are not there', () => {
  const rendered = render(['config={"create":false}']).map(nameManifest);
  const config = kustomized('config').map(nameManifest);
  const all = kustomized('daemonset').map(nameManifest);
  assert.deepEqual(
    rendered,
    all.filter((name) => !config.includes(name) && name !== 'Namespace/lb'),
  );
});

test('another namespace is in every place', () => {
  const flags = [
    'createNamespace=true',
    'admission={"enabled":true}',
    'monitoring={"enabled":true}',
  ];
  const rendered = render(flags, { namespace: 'edge' });
  const text = JSON.stringify(rendered);
  assert.ok(!/"lb"|renderer\.lb\.svc/.test(text));
  assert.match(text, /https:\/\/renderer\.edge\.svc/);
  assert.deepEqual(find(rendered, 'Namespace/edge').kind, 'Namespace');
  assert.ok(find(rendered, 'Role/default/renderer-pods'), 'pods stay where they are');
});

test('values are put where they belong', () => {
  const rendered = render([
    'haproxy={"kind":"Deployment","replicas":5,"image":"r.example/h:2","resources":{"limits":{"memory":"2Gi"}}}',
    'renderer={"image":"r.example/k:2","minReplicas":3,"maxReplicas":9,"settings":{"LOG_LEVEL":"debug","ALL_NAMESPACES":true}}',
    'pods={"namespaces":["shop","blog"]}',
    'config={"services":{"web":"{}"}}',
    'admission={"enabled":true,"secret":"s3","caBundle":"QQ=="}',
    'patches={"Service/haproxy":{"metadata":{"annotations":{"a":"b"}},"spec":{"type":"NodePort"}}}',
  ]);
  const text = JSON.stringify(rendered);
  assert.ok(!/kubernetes-haproxy:1|haproxy-reloader:1/.test(text));
  const images = [...text.matchAll(/"image":"([^"]+)"/g)].map(([, image]) => image);
  assert.deepEqual(new Set(images), new Set(['r.example/h:2', 'r.example/k:2']));
  const haproxy = JSON.stringify(find(rendered, 'Deployment/lb/haproxy'));
  assert.match(haproxy, /"replicas":5/);
  assert.equal(haproxy.match(/"memory":"2Gi"/g)?.length, 1, 'of the container haproxy alone');
  assert.match(JSON.stringify(find(rendered, 'Deployment/lb/renderer')), /"replicas":3/);
  const scaler = find(rendered, 'HorizontalPodAutoscaler/lb/renderer').spec as object;
  assert.deepEqual({ ...scaler, minReplicas: 3, maxReplicas: 9 }, scaler);
  const settings = find(rendered, 'ConfigMap/lb/renderer-settings').data;
  assert.deepEqual(settings, { LOG_LEVEL: 'debug', ALL_NAMESPACES: 'true' });
  assert.deepEqual(find(rendered, 'ConfigMap/lb/services').data, { web: '{}' });
  for (const namespace of ['shop', 'blog'])
    assert.ok(find(rendered, `RoleBinding/${namespace}/renderer-pods`));
  assert.match(text, /"path":"\/admission\/s3"/);
  assert.match(text, /"caBundle":"QQ=="/);
  const service = find(rendered, 'Service/lb/haproxy');
  assert.equal((service.spec as { type: string }).type, 'NodePort');
  assert.equal((service.spec as { ports: unknown[] }).ports.length, 2);
});

test('settings join those of all-namespaces', () => {
  const rendered = render(['pods={"all":true}', 'renderer={"settings":{"LOG_LEVEL":"debug"}}']);
  const { data } = find(rendered, 'ConfigMap/lb/renderer-settings');
  assert.deepEqual(data, { ALL_NAMESPACES: 'true', LOG_LEVEL: 'debug' });
});

test('a value that is not known, or is of the wrong kind, is refused with its name', () => {
  for (const [set, said] of [
    ['haproxy={"kind":"StatefulSet"}', /haproxy[/.]kind/],
    ['renderer={"replicas":2}', /replicas/],
    ['renderer={"settings":{"log-level":"debug"}}', /log-level/],
  ] as const) {
    const { status, stderr } = run(['template', 'x', CHART, '--set-json', set]);
    assert.equal(status, 1);
    assert.match(stderr, said);
  }
});

test('helm lint finds nothing', () => {
  const { status, stdout, stderr } = run(['lint', '--strict', CHART]);
  assert.equal(status, 0, stdout + stderr);
  assert.match(stdout, /0 chart\(s\) failed/);
});

test('the chart is whole when it is packaged, and renders the same', async () => {
  const home = await folder();
  execFileSync(HELM, ['package', CHART, '--destination', home], { stdio: 'pipe' });
  const [chart = ''] = readdirSync(home);
  assert.match(chart, /^kubernetes-haproxy-\d+\.\d+\.\d+\.tgz$/);
  const sets = ['createNamespace=true'];
  assert.deepEqual(render(sets, { chart: join(home, chart) }), render(sets));
  const values = join(home, 'values.yaml');
  writeFileSync(values, execFileSync(HELM, ['show', 'values', join(home, chart)]));
  assert.equal(run(['template', 'x', join(home, chart), '-f', values]).status, 0);
});
