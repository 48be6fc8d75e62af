import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseAllDocuments } from 'yaml';
import { authorizeBy, readGrants } from '../apiserver/rbac.ts';
import { startApiServer } from '../apiserver/server.ts';
import { folder } from '../kit/folder.ts';
import { configMap } from '../kit/objects.ts';
import { PROGRAMS } from '../kit/processes.ts';
import { until } from '../kit/until.ts';
import { follow } from '../kubernetes/follower.ts';
import { configure } from '../kubernetes/objects.ts';

const INPUTS = `
routes: {apiVersion: networking.k8s.io/v1, kind: Ingress, namespaces: [shop, blog]}
again: {apiVersion: networking.k8s.io/v1, kind: Ingress, namespaces: [shop], fields: [spec]}
named: {apiVersion: v1, kind: ConfigMap, namespaces: [shop], names: [a, b]}
slices: {apiVersion: discovery.k8s.io/v1, kind: EndpointSlice}
nodes: {apiVersion: v1, kind: Node}
gateways: {apiVersion: gateway.networking.k8s.io/v1, kind: Gateway, optional: true}
policies: {apiVersion: networking.k8s.io/v1, kind: NetworkPolicy}
`;

async function run(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const child = spawn(process.execPath, [PROGRAMS.service, 'rbac', ...args], { env });
  const [stdout, stderr]: [string[], string[]] = [[], []];
  child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk.toString()));
  const [status] = await once(child, 'close');
  const objects = parseAllDocuments(stdout.join('')).map((document) => document.toJS());
  return { status, stderr: stderr.join(''), objects };
}

async function folderWith(inputs: string): Promise<string> {
  const path = await folder();
  const object = configMap('config', { template: 'x', 'inputs.yaml': inputs });
  await writeFile(join(path, 'config.json'), JSON.stringify(object));
  return path;
}

test('the right to write a status is printed if that is wanted, for the inputs that say so', async () => {
  const inputs = `
classes: {apiVersion: gateway.networking.k8s.io/v1, kind: GatewayClass, status: write}
routes: {apiVersion: gateway.networking.k8s.io/v1, kind: HTTPRoute, namespaces: [shop], status: write}
slices: {apiVersion: discovery.k8s.io/v1, kind: EndpointSlice}
`;
  const from = await folderWith(inputs);
  const rulesFor = async (...flags: readonly string[]) => {
    const { objects } = await run(['--from', from, ...flags]);
    return objects.flatMap(({ metadata, rules = [] }) =>
      rules.map((rule: Record<string, readonly string[]>) =>
        [metadata.namespace ?? '', rule.resources, rule.verbs].join(' '),
      ),
    );
  };
  const reading = ['endpointslices', 'gatewayclasses'].map((name) => ` ${name} list,watch`);
  assert.deepEqual(await rulesFor(), [...reading, 'shop httproutes list,watch']);
  assert.deepEqual(await rulesFor('--write-status'), [
    ...reading,
    ' gatewayclasses/status get,update',
    'shop httproutes list,watch',
    'shop httproutes/status get,update',
  ]);
});

test('the Roles that inputs need are printed, each rule once', async () => {
  const { status, stderr, objects } = await run(['--from', await folderWith(INPUTS)]);
  assert.deepEqual([status, stderr], [0, '']);
  const roles = objects.filter(({ kind }) => kind.endsWith('Role'));
  const shown = roles.map(({ kind, metadata, rules }) => [
    `${kind} ${metadata.namespace ?? ''}`,
    rules.map((rule: Record<string, readonly string[]>) =>
      [rule.apiGroups?.[0], rule.resources, ...(rule.resourceNames ?? [])].join(' '),
    ),
  ]);
  assert.deepEqual(shown, [
    [
      'ClusterRole ',
      [
        ' nodes',
        'discovery.k8s.io endpointslices',
        'gateway.networking.k8s.io gateways',
        'networking.k8s.io networkpolicies',
      ],
    ],
    ['Role blog', ['networking.k8s.io ingresses']],
    ['Role shop', [' configmaps a b', 'networking.k8s.io ingresses']],
  ]);
});

test('with these Roles, and no others, everything is read', async (t) => {
  const inputs = INPUTS.split('\n')
    .filter((line) => !/^(gateways|policies)/.test(line))
    .join('\n');
  const server = await startApiServer(t);
  configure(server.store, []);
  const config = configMap('config', { template: 'x', 'inputs.yaml': inputs });
  server.store.put('configmaps', config);
  const { status, objects } = await run([], { K8SBASE: server.base });
  assert.equal(status, 0);
  const isAllowed = authorizeBy(readGrants(objects));
  server.authorize = (attempt) =>
    attempt.namespace === 'lb' ||
    isAllowed({ ...attempt, user: 'system:serviceaccount:lb:renderer' });
  const follower = follow(t, { base: server.base });
  await until('all is read', () => Object.keys(follower.last().feeds ?? {}).length === 5);
  assert.ok(follower.source.status().every(({ stale }) => !stale));
});

test('inputs that are not in order are told by their place, and a configuration that is missing', async () => {
  const bad = await run([
    '--from',
    await folderWith('routes: {apiVersion: v1}\nnodes: {apiVersion: v1, kind: Node}'),
  ]);
  assert.equal(bad.status, 1);
  assert.match(bad.stderr, /inputs\.yaml:1:1: error: input routes lacks kind \[input-invalid\]/);
  assert.equal(bad.objects.length, 2, 'the others are there');
  const none = await run(['--from', await folder()]);
  assert.equal(none.status, 1);
  assert.match(none.stderr, /there is no ConfigMap config of namespace lb \[config-missing\]/);
});
