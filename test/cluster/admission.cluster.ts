import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { MERGE_PATCH } from '../apiserver/contract/subject.ts';
import { folder } from '../kit/folder.ts';
import { HAPROXY } from '../kit/haproxy.ts';
import { TEMPLATE_HEAD } from '../kit/template-head.ts';
import { until } from '../kit/until.ts';
import { createAuthority } from '../kubernetes/authority.ts';
import { apply } from './apply.ts';
import { install, manifestsOf } from './installed.ts';

const MAPS = '/api/v1/namespaces/lb/configmaps';
const TEMPLATE = `${TEMPLATE_HEAD}\
{%- for service in services %}
  use_backend {{ service.name }} if { path_beg {{ service.path|words }} }
{%- endfor %}
{%- for service in services %}
backend {{ service.name }}
{%- endfor %}
`;
const entry = (path: string) =>
  JSON.stringify({ namespace: 'default', selector: { app: 'web' }, path });

/** The webhook of `k8s/admission`, called by address, as there is no cluster network: else just as it is. */
function webhookAt(url: string, ca: string, secret: string) {
  const manifest = manifestsOf('admission').find(({ kind }) => kind.startsWith('Validating'));
  const text = JSON.stringify(manifest).replace('/admission/secret', `/admission/${secret}`);
  const { webhooks, ...rest } = JSON.parse(text);
  const [{ clientConfig, ...hook }] = webhooks;
  const caBundle = Buffer.from(ca).toString('base64');
  const called = { url: `${url}${clientConfig.service.path}`, caBundle };
  return { ...rest, webhooks: [{ ...hook, clientConfig: called }] };
}

async function begin(t: TestContext) {
  const { plane, caller, startReplica } = await install(t, 'renderer', 'namespace-pods');
  const namespace = { metadata: { labels: { 'kubernetes.io/metadata.name': 'lb' } } };
  await caller.expect('PATCH', '/api/v1/namespaces/lb', {
    body: namespace,
    contentType: MERGE_PATCH,
  });
  for (const [name, data] of [
    ['services', { web: entry('/web') }],
    ['certificates', {}],
    ['config', { template: TEMPLATE }],
  ] as const)
    await caller.expect('POST', MAPS, { body: { metadata: { name }, data } });
  const keys = { body: { metadata: { name: 'keys' } } };
  await caller.expect('POST', '/api/v1/namespaces/lb/secrets', keys);
  const home = await folder();
  const secret = randomBytes(32).toString('hex');
  const authority = createAuthority(home, 'renderer');
  const { cert, key } = authority.issue('renderer');
  const files = { 'tls.crt': cert, 'tls.key': key, secrets: `${secret}\n` };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(home, name), text);
  const replica = await startReplica(
    `--tls-cert=${join(home, 'tls.crt')}`,
    `--tls-key=${join(home, 'tls.key')}`,
    `--admission-secret-file=${join(home, 'secrets')}`,
    `--check-with=${HAPROXY}`,
  );
  await apply(caller, [webhookAt(replica.url, authority.ca, secret)]);
  /** As `kubectl apply` does with an object that is there. */
  const change = (name: string, data: Record<string, string>, query = '') =>
    caller.send('PATCH', `${MAPS}/${name}${query}`, { body: { data }, contentType: MERGE_PATCH });
  return { plane, caller, replica, change, secret };
}

test('what is broken is refused as it is applied, with the line; what is good passes; and all does while the service is down', async (t) => {
  const { caller, replica, change, secret } = await begin(t);
  const broken = { template: TEMPLATE.replace('service in services', 'service services') };
  const dryRun = '?dryRun=All';
  // The API server takes a moment to know its webhooks, and the service to read everything.
  const refusal = await until('the webhook is asked', async () => {
    const [status, body] = await change('config', broken, dryRun);
    return status >= 400 ? { ...body, status } : undefined;
  });
  assert.deepEqual([refusal.status, refusal.reason], [400, 'BadRequest']);
  const message = String(refusal.message);
  assert.match(message, /^admission webhook "configuration\.kubernetes-haproxy\.internal" denied/);
  assert.match(message, /configmaps\/lb\/config template:8:\d+: error: .* \[template-syntax\]/);
  assert.match(message, /\{%- for service services %\}/);
  assert.equal((await change('config', broken))[0], 400);
  const [refused, { message: words }] = await change('services', { bad: entry('} { oops') });
  assert.equal(refused, 400);
  assert.match(String(words), /services bad.*: error: HAProxy refuses it/);
  const { data } = await caller.expect('GET', `${MAPS}/services`);
  assert.deepEqual(Object.keys(data as object), ['web']);

  const good = { template: `${TEMPLATE}# good\n` };
  assert.equal((await change('config', good))[0], 200);
  assert.equal((await change('services', { new: entry('/new') }))[0], 200);
  await caller.expect('POST', MAPS, { body: { metadata: { name: 'other' }, data: broken } });
  const log = JSON.stringify(replica.log());
  assert.ok(!log.includes(secret));

  const ended = once(replica.child, 'exit');
  replica.child.kill('SIGTERM');
  await ended;
  assert.equal((await change('config', broken))[0], 200);
});
