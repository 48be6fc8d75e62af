import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { renderManifests } from '../../functions/core/offline.ts';
import { parseBundle } from '../../functions/wire/bundle.ts';
import { folder } from '../kit/folder.ts';
import { configMap, pod } from '../kit/objects.ts';
import { startServiceProcess } from '../kit/service.ts';
import { until } from '../kit/until.ts';
import { makeAuthority, makeCertificate } from './certificate-authority.ts';
import { client } from './start.ts';

const SERVICES = configMap('services', { web: '{"namespace":"shop","selector":{"app":"web"}}' });
const TEMPLATE = `# {{ params.zone }}
{% for service in services %}{% for pod in service.pods.values() %}{{ pod.status.podIP }} {% endfor %}{% endfor %}
bind :443 ssl crt {{ ssldir }}/web.pem
`;

function manifests(template: string, ips: readonly string[], more: readonly object[] = []): string {
  const pods = ips.map((ip, i) => pod({ name: `web-${i}`, ip }));
  return JSON.stringify({
    kind: 'List',
    items: [SERVICES, configMap('config', { template }), ...pods, ...more],
  });
}

/** The real service on a folder with these manifests. */
async function serve(t: TestContext, text: string, ...args: string[]) {
  const path = await folder();
  const file = join(path, 'all.json');
  writeFileSync(file, text);
  const { url } = await startServiceProcess(t, { from: path, args });
  return { ask: client(t, url), write: (changed: string) => writeFileSync(file, changed) };
}

const ready = (ask: ReturnType<typeof client>) =>
  until('it is ready', async () => (await ask('/readyz')).status === 200);

test('one hash by every road, and keys by none but the bundle', async (t) => {
  const path = await folder();
  makeAuthority(path);
  makeCertificate(path, 'web');
  const [cert, key] = ['web.pem', 'web.key'].map((name) => readFileSync(join(path, name), 'utf8'));
  const certificates = configMap('certificates', { web: cert ?? '' });
  const keys = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'keys', namespace: 'lb' },
    data: { web: Buffer.from(key ?? '').toString('base64') },
  };
  const { ask } = await serve(t, manifests(TEMPLATE, ['10.0.0.1'], [certificates, keys]));
  await ready(ask);
  const bundle = await ask('/bundle', { headers: { 'accept-encoding': 'identity' } });
  const { etag, files } = parseBundle(bundle.text);
  assert.equal(bundle.headers.etag, `"${etag}"`);
  const pem = files.find((f) => f.path === 'ssl/web.pem') ?? assert.fail('no certificate');
  const secret = (key ?? '').split('\n')[1] ?? assert.fail();
  assert.ok(pem.content.includes(secret));
  assert.equal((await ask('/haproxy.cfg')).headers.etag, bundle.headers.etag);
  const snapshot = await ask('/snapshot');
  const rendered = await ask('/render', { method: 'POST', body: snapshot.text });
  assert.equal(rendered.headers.etag, `"${etag}"`);
  const status = await ask('/status');
  assert.equal(JSON.parse(status.text).certificates[0].name, 'web');
  const encoded = Buffer.from(key ?? '')
    .toString('base64')
    .slice(0, 60);
  for (const { text } of [snapshot, rendered, status, await ask('/metrics'), await ask('/')])
    assert.ok(!text.includes(secret) && !text.includes(encoded));
});

test('floats, large ints and the order of keys survive every road to the same hash', async (t) => {
  const template =
    '# {{ services[0].w }} {{ services[0].pods["web-0"].spec }} {{ services[0].pods["web-0"].metadata.labels }}';
  const service = '{"namespace":"shop","selector":{"app":"web"},"w":{"8080":1.0,"443":1e2}}';
  const web = JSON.stringify(pod({ name: 'web-0', labels: { app: 'web' } }))
    .replace('"labels":{', '"labels":{"10":"a","9":"b",')
    .replace('"spec":{', '"spec":{"2":12345678901234567890,"1":1.50,');
  const objects = [configMap('services', { web: service }), configMap('config', { template })];
  const text = `{"kind":"List","items":[${objects.map((o) => JSON.stringify(o)).join()},${web}]}`;
  const { ask } = await serve(t, text);
  await ready(ask);
  const { headers, text: config } = await ask('/haproxy.cfg');
  assert.equal(
    config,
    "# {'8080': 1.0, '443': 100.0} {'2': 12345678901234567890, '1': 1.5, 'containers': [{'name': 'main', 'image': 'web:1'}]} {'10': 'a', '9': 'b', 'app': 'web'}\n",
  );
  const snapshot = await ask('/snapshot');
  const rendered = await ask('/render', { method: 'POST', body: snapshot.text });
  assert.equal(rendered.headers.etag, headers.etag);
  const offline = renderManifests({
    texts: [{ origin: 'snapshot', text: snapshot.text }],
    settings: { namespace: 'lb', dialect: 'jinja2', env: {}, statisticsPassword: '' },
    variant: { sslDir: '', filesDir: '', params: {} },
  });
  assert.equal(offline.kind === 'rendered' && `"${offline.bundle.etag}"`, headers.etag);
});

test('pollers of different parameters get their own, up to the limit', async (t) => {
  const args = ['--params', 'zone', '--max-variants', '3'];
  const { ask } = await serve(t, manifests(TEMPLATE, ['10.0.0.1']), ...args);
  await ready(ask);
  const first = await ask('/haproxy.cfg?zone=a&ssldir=/x/ssl');
  assert.match(first.text, /^# a\n10\.0\.0\.1 \nbind :443 ssl crt \/x\/ssl\/web\.pem/);
  assert.match((await ask('/haproxy.cfg?zone=b')).text, /^# b\n/);
  // With that of those who name nothing, these are three.
  assert.equal((await ask('/haproxy.cfg?zone=c')).status, 429);
  assert.match((await ask('/haproxy.cfg?zone=b')).text, /^# b\n/);
});

test('a snapshot of one’s own that does not render tells where', async (t) => {
  const { ask } = await serve(t, manifests(TEMPLATE, []));
  await ready(ask);
  const body = manifests('global\n{% if %}', []);
  const { status, text } = await ask('/render', { method: 'POST', body });
  assert.equal(status, 422);
  const [{ where }] = JSON.parse(text).diagnostics;
  assert.deepEqual([where.key, where.line], ['template', 2]);
  assert.equal((await ask('/haproxy.cfg')).headers['x-config-failure'], undefined);
});

test('without a template: not ready, and told which object to create', async (t) => {
  const { ask } = await serve(t, JSON.stringify({ kind: 'List', items: [SERVICES] }));
  const answer = await until('it has looked', async () => {
    const found = await ask('/bundle');
    return JSON.parse(found.text).reason === 'not-synced' ? undefined : found;
  });
  assert.equal(answer.status, 503);
  assert.match(answer.text, /config/);
});

test('1,000 held polls get what changed', async (t) => {
  const { ask, write } = await serve(t, manifests(TEMPLATE, ['10.0.0.1']));
  await ready(ask);
  const { etag = '' } = (await ask('/bundle')).headers;
  const headers = { 'if-none-match': etag, prefer: 'wait=60', 'accept-encoding': 'gzip' };
  const held = Array.from({ length: 1000 }, () => ask('/bundle', { headers }));
  await until('all are held', async () => {
    const { text } = await ask('/metrics');
    return text.includes('\nkubernetes_haproxy_held_polls 1000\n');
  });
  write(manifests(TEMPLATE, ['10.0.0.1', '10.0.0.2']));
  const answers = await Promise.all(held);
  const hashes = new Set(answers.map((answer) => `${answer.status} ${answer.headers.etag}`));
  assert.equal(hashes.size, 1);
  assert.notEqual(answers[0]?.headers.etag, etag);
});
