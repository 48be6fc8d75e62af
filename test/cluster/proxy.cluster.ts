import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startBackend } from '../kit/backend.ts';
import { folder } from '../kit/folder.ts';
import { freePort } from '../kit/port.ts';
import { startReloader } from '../kit/reloader.ts';
import { get } from '../kit/request.ts';
import { until } from '../kit/until.ts';
import { install } from './installed.ts';

const PODS = '/api/v1/namespaces/default/pods';
const CONFIGURATION = '/api/v1/namespaces/lb';

const templateOf = (port: number): string => `global
defaults
  mode http
  timeout connect 2s
  timeout client 10s
  timeout server 10s
frontend web
  bind 127.0.0.1:${port}
  default_backend web
backend web
{% for pod in services[0].pods.values() %}
  server {{ pod.metadata.name }} {{ pod.status.podIP }}:{{ pod.metadata.annotations.port }}
{% endfor %}
`;

test('a proxy follows the pods of a real API server, and serves while that is away', async (t) => {
  const { plane, caller, issueTo, startReplica } = await install(
    t,
    ...['renderer', 'haproxy', 'namespace-pods'],
  );
  const putPod = async (name: string) => {
    const { port } = await startBackend(t, name);
    const metadata = { name, labels: { app: 'web' }, annotations: { port: String(port) } };
    const spec = { containers: [{ name: 'web', image: 'web' }] };
    const pod = await caller.expect('POST', PODS, { body: { metadata, spec } });
    const conditions = [{ type: 'Ready', status: 'True' }];
    const status = {
      phase: 'Running',
      podIP: '127.0.0.1',
      podIPs: [{ ip: '127.0.0.1' }],
      conditions,
    };
    await caller.expect('PUT', `${PODS}/${name}/status`, { body: { ...pod, status } });
  };
  const remove = (name: string) =>
    caller.expect('DELETE', `${PODS}/${name}`, { body: { gracePeriodSeconds: 0 } });
  const port = await freePort();
  const web = JSON.stringify({ namespace: 'default', selector: { app: 'web' } });
  for (const [name, data] of [
    ['services', { web }],
    ['certificates', {}],
    ['config', { template: templateOf(port) }],
  ] as const)
    await caller.expect('POST', `${CONFIGURATION}/configmaps`, {
      body: { metadata: { name }, data },
    });
  await caller.expect('POST', `${CONFIGURATION}/secrets`, { body: { metadata: { name: 'keys' } } });
  await putPod('a');

  const service = await startReplica();
  const token = await issueTo('haproxy', { audiences: ['kubernetes-haproxy'] });
  await startReloader(t, {
    stateDir: await folder(),
    renderer: service.url,
    flags: [`--token-file=${token}`],
  });
  const answers = async (name: string) =>
    await until(`${name} answers`, async () => (await get(port)).text === name);
  await answers('a');
  await putPod('b');
  await remove('a');
  await answers('b');
  await plane.server.kill();
  await until('the service knows', () =>
    service.log().some(({ message }) => message === 'collection is stale'),
  );
  assert.equal((await get(port)).text, 'b');
  await plane.server.start();
  await putPod('c');
  await remove('b');
  await answers('c');
});
