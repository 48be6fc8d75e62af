import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { StatusEntry } from '../../functions/core/statuses.ts';
import { createApiClient } from '../../functions/kubernetes/client.ts';
import { baseCredentials } from '../../functions/kubernetes/service-account.ts';
import { createStatusWriter } from '../../functions/kubernetes/statuses.ts';
import { createLog } from '../../functions/wire/log.ts';
import { startApiServer } from '../apiserver/server.ts';
import { failure } from '../apiserver/status.ts';
import { until } from '../kit/until.ts';

const KIND = { apiVersion: 'networking.k8s.io/v1', kind: 'Ingress' };
const entry = (name: string, more: Partial<StatusEntry> = {}): StatusEntry => ({
  ...{ ...KIND, namespace: 'shop', name, controllerName: 'us' },
  status: { parents: [parent('us', 'True')] },
  ...more,
});
const parent = (controllerName: string, status: string) => ({
  parentRef: { name: 'gateway' },
  controllerName,
  conditions: [{ type: 'Accepted', status }],
});

async function begin(t: TestContext, names: readonly string[] = ['a']) {
  const server = await startApiServer(t);
  for (const name of names)
    server.store.put('ingresses', {
      ...{ ...KIND, metadata: { name, namespace: 'shop', labels: { is: 'kept' } } },
      spec: { x: 1 },
    });
  const lines: Record<string, unknown>[] = [];
  const log = createLog({ component: 'test', write: (line) => lines.push(JSON.parse(line)) });
  const replica = (client = '') => {
    const base = new URL(client === '' ? server.base : server.baseFor(client));
    const api = createApiClient(baseCredentials({ base }));
    const again = { firstMs: 1, maxMs: 5 };
    const writer = createStatusWriter({ client: api, log, again });
    t.after(async () => {
      writer.stop();
      await api.close();
    });
    return writer;
  };
  const object = (name = 'a') => server.store.get('ingresses', 'shop', name) ?? assert.fail();
  const parents = (name = 'a') =>
    (
      (object(name).status as { parents?: readonly ReturnType<typeof parent>[] })?.parents ?? []
    ).map(({ controllerName, conditions }) => `${controllerName} ${conditions[0]?.status}`);
  const asked = (method: string) => server.requests.filter((one) => one.method === method);
  return { server, replica, object, parents, asked, lines };
}

test('a status is written, beside what the object has, and only where it differs', async (t) => {
  const { replica, object, parents, asked } = await begin(t);
  const writer = replica();
  writer.write([entry('a')]);
  await writer.settled();
  assert.deepEqual(parents(), ['us True']);
  assert.deepEqual(object().spec, { x: 1 });
  assert.deepEqual(object().metadata.labels, { is: 'kept' });
  const version = object().metadata.resourceVersion;
  const requests = asked('GET').length;
  writer.write([entry('a')]);
  await writer.settled();
  assert.equal(asked('GET').length, requests, 'what was written is not asked for again');
  writer.reconcile();
  await writer.settled();
  assert.equal(asked('GET').length, requests + 1);
  assert.deepEqual([object().metadata.resourceVersion, asked('PUT').length], [version, 1]);
});

test('what others write stays, and what is not wanted any more is taken out', async (t) => {
  const { server, replica, object, parents } = await begin(t);
  server.store.put('ingresses', { ...object(), status: { parents: [parent('them', 'False')] } });
  const writer = replica();
  writer.write([entry('a')]);
  await writer.settled();
  assert.deepEqual(parents(), ['them False', 'us True']);
  writer.write([]);
  await writer.settled();
  assert.deepEqual(parents(), ['them False']);
  writer.write([entry('a')]);
  await writer.settled();
  assert.deepEqual(parents(), ['them False', 'us True']);
});

test('replicas that say the same write it once, and the time of the first holds', async (t) => {
  const names = Array.from({ length: 20 }, (_, i) => `r${i}`);
  const { replica, parents, object } = await begin(t, names);
  const replicas = ['a', 'b', 'c'].map(replica);
  for (const writer of replicas) writer.write(names.map((name) => entry(name)));
  await Promise.all(replicas.map((writer) => writer.settled()));
  for (const name of names) assert.deepEqual(parents(name), ['us True']);
  const versions = names.map((name) => object(name).metadata.resourceVersion);
  for (const writer of replicas) writer.reconcile();
  await Promise.all(replicas.map((writer) => writer.settled()));
  assert.deepEqual(
    names.map((name) => object(name).metadata.resourceVersion),
    versions,
  );
});

test('an object that is changed meanwhile is read and tried again', async (t) => {
  const { server, replica, parents } = await begin(t);
  const answer = failure(409, 'Conflict', 'the object has been modified');
  const isWrite = ({ method }: { method: string }) => method === 'PUT';
  server.faults.add({ when: isWrite, fault: { kind: 'answer', answer }, times: 3 });
  const writer = replica();
  writer.write([entry('a')]);
  await writer.settled();
  assert.deepEqual(parents(), ['us True']);
  assert.deepEqual(writer.diagnostics(), []);
});

test('objects that are gone, or were made anew, are left alone', async (t) => {
  const { replica, asked, parents } = await begin(t);
  const writer = replica();
  writer.write([entry('a', { uid: 'another' }), entry('gone')]);
  await writer.settled();
  assert.deepEqual([asked('PUT').length, parents(), writer.diagnostics()], [0, [], []]);
});

test('without the right the rule is told, nothing else waits, and it goes on once it is granted', async (t) => {
  const { server, replica, parents, lines } = await begin(t, ['a', 'b']);
  server.store.put('ingresses', { ...KIND, metadata: { name: 'c', namespace: 'blog' } });
  server.authorize = ({ verb, namespace }) => verb !== 'update' || namespace !== 'shop';
  const writer = replica();
  writer.write([entry('a'), entry('b'), entry('c', { namespace: 'blog' })]);
  await until(
    'the other is written',
    () => server.store.get('ingresses', 'blog', 'c')?.status !== undefined,
  );
  await until('it is told', () => writer.diagnostics().length > 0);
  const [diagnostic] = writer.diagnostics();
  assert.equal(diagnostic?.code, 'status-unwritten');
  assert.equal(diagnostic?.severity, 'warning');
  assert.match(
    diagnostic?.hint ?? '',
    /\{apiGroups: \[networking\.k8s\.io\], resources: \[ingresses\/status\], verbs: \[get, update\]\} with a Role in namespace shop/,
  );
  server.authorize = () => true;
  await until('both are written', () => parents('a').length === 1 && parents('b').length === 1);
  await until('nothing is wrong', () => writer.diagnostics().length === 0);
  assert.equal(lines.length, 1, 'the log says it once');
});

test('an API server that is away is told later', async (t) => {
  const { server, replica, parents } = await begin(t);
  server.faults.add({ fault: { kind: 'reset' }, times: 4 });
  const writer = replica();
  writer.write([entry('a')]);
  await until('it is written', () => parents().length === 1);
});

test('a status that the API refuses is told, and not tried again until it is another one', async (t) => {
  const { server, replica, parents, asked } = await begin(t);
  const answer = failure(422, 'Invalid', 'no such condition');
  const isWrite = ({ method }: { method: string }) => method === 'PUT';
  server.faults.add({ when: isWrite, fault: { kind: 'answer', answer }, times: 1 });
  const writer = replica();
  writer.write([entry('a')]);
  await writer.settled();
  assert.match(writer.diagnostics()[0]?.message ?? '', /no such condition/);
  writer.write([entry('a')]);
  await writer.settled();
  assert.equal(asked('PUT').length, 1);
  writer.write([entry('a', { status: { parents: [parent('us', 'False')] } })]);
  await writer.settled();
  assert.deepEqual([parents(), writer.diagnostics()], [['us False'], []]);
});

test('a kind that the API does not have is told, and asked for again', async (t) => {
  const { replica } = await begin(t);
  const writer = replica();
  writer.write([entry('a', { apiVersion: 'none.example.com/v1' })]);
  await until('it is told', () => writer.diagnostics().length === 1);
  assert.match(
    writer.diagnostics()[0]?.message ?? '',
    /the API has no none\.example\.com\/v1 Ingress/,
  );
});
