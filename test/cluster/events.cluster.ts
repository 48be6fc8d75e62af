import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { MERGE_PATCH } from '../apiserver/contract/subject.ts';
import { HAPROXY } from '../kit/haproxy.ts';
import { TEMPLATE_HEAD } from '../kit/template-head.ts';
import { until } from '../kit/until.ts';
import { install } from './installed.ts';

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

async function begin(t: TestContext) {
  const { caller, startReplica } = await install(t, 'renderer', 'namespace-pods');
  for (const [name, data] of [
    ['services', { web: entry('/web') }],
    ['certificates', {}],
    ['config', { template: TEMPLATE }],
  ] as const)
    await caller.expect('POST', MAPS, { body: { metadata: { name }, data } });
  const keys = { body: { metadata: { name: 'keys' } } };
  await caller.expect('POST', '/api/v1/namespaces/lb/secrets', keys);
  const replicas = [
    await startReplica(`--check-with=${HAPROXY}`),
    await startReplica(`--check-with=${HAPROXY}`),
  ];
  for (const { url } of replicas)
    await until('it serves', async () => (await fetch(`${url}/readyz`)).status === 200);
  /** What `kubectl describe configmap NAME` shows: it asks for the Events of just this object. */
  const describe = async (name: string) => {
    const { metadata } = await caller.expect('GET', `${MAPS}/${name}`);
    const selector = [
      `involvedObject.name=${name}`,
      'involvedObject.namespace=lb',
      `involvedObject.kind=ConfigMap,involvedObject.uid=${metadata.uid}`,
    ].join();
    const path = `/api/v1/namespaces/lb/events?fieldSelector=${encodeURIComponent(selector)}`;
    const { items = [] } = await caller.expect('GET', path);
    return items.map(({ type, reason, message }) => `${type} ${reason} ${message}`);
  };
  const change = (name: string, data: object) =>
    caller.expect('PATCH', `${MAPS}/${name}`, { body: { data }, contentType: MERGE_PATCH });
  return { describe, change, replicas };
}

test('kubectl describe tells the story of an entry, once for all replicas', async (t) => {
  const { describe, change, replicas } = await begin(t);
  const told = (story: RegExp) =>
    until(`${story} is told`, async () =>
      (await describe('services')).some((line) => story.test(line)),
    );
  await change('services', { bad: entry('/x } { oops') });
  await told(/^Warning EntryHeldBack bad is held back, it is left out: HAProxy refuses/);
  await change('services', { bad: entry('/bad') });
  await told(/^Normal EntryAccepted bad is good now/);
  await change('services', { new: entry('/new') });
  await told(
    /^Normal IntentAccepted what was applied is good, in revision .*; it changes (bad, )?new$/,
  );
  for (const { child } of replicas) child.kill('SIGTERM');
  const all = await describe('services');
  assert.deepEqual(all.map((line) => line.split(' ')[1]).sort(), [
    'EntryAccepted',
    'EntryHeldBack',
    'IntentAccepted',
    'IntentAccepted',
  ]);
  for (const { log } of replicas)
    assert.ok(!log().some(({ message }) => message === 'cannot write an Event'));
});
