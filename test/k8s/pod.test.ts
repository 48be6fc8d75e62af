import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type TestContext, test } from 'node:test';
import { promisify } from 'node:util';
import { authorizeBy, readGrants } from '../apiserver/rbac.ts';
import { startApiServer } from '../apiserver/server.ts';
import { startBackend } from '../kit/backend.ts';
import { folder } from '../kit/folder.ts';
import { HAPROXY, startHaproxy } from '../kit/haproxy.ts';
import { freePort } from '../kit/port.ts';
import { PROGRAMS } from '../kit/processes.ts';
import { startReloader } from '../kit/reloader.ts';
import { get } from '../kit/request.ts';
import { startServiceProcess } from '../kit/service.ts';
import { until } from '../kit/until.ts';
import { createAuthority } from '../kubernetes/authority.ts';
import { configMap, configure, pod } from '../kubernetes/objects.ts';
import { buildKustomization } from './kustomization.ts';

const RELOADER = {
  name: 'system:serviceaccount:lb:haproxy',
  audiences: ['kubernetes-haproxy'],
};

const templateAt = (port: number): string => `defaults
    mode http
    timeout connect 2s
    timeout client 10s
    timeout server 10s
frontend web
    bind 127.0.0.1:${port}
    default_backend app
backend app
{%- for service in services %}{% for name, pod in service.pods.items() %}
    server {{ name }} 127.0.0.1:{{ pod.metadata.labels.port }}
{%- endfor %}{% endfor %}
`;

/** A cluster whose policy is that of the manifests, and in it the render service as the manifests run it. */
async function startCluster(t: TestContext, port: number) {
  const path = await folder();
  const server = await startApiServer(t, { needsToken: true });
  const manifests = ['renderer', 'haproxy', 'namespace-pods'].flatMap((name) =>
    buildKustomization(resolve('k8s', name)),
  );
  server.authorize = authorizeBy(readGrants(manifests));
  server.tokens.set('of-renderer', { name: 'system:serviceaccount:lb:renderer' });
  configure(server.store, ['default']);
  server.store.put('configmaps', configMap('config', { template: templateAt(port) }));
  const kubeconfig = {
    'current-context': 'x',
    contexts: [{ name: 'x', context: { cluster: 'x', user: 'x' } }],
    clusters: [{ name: 'x', cluster: { server: server.base } }],
    users: [{ name: 'x', user: { token: 'of-renderer' } }],
  };
  const authority = createAuthority(path, 'renderer-ca');
  const pair = authority.issue('renderer');
  const files = { kubeconfig: JSON.stringify(kubeconfig), 'ca.crt': authority.ca };
  const all = { ...files, 'tls.crt': pair.cert, 'tls.key': pair.key };
  for (const [name, text] of Object.entries(all)) writeFileSync(join(path, name), text);
  const service = await startServiceProcess(t, {
    args: ['--auth', 'kubernetes'],
    env: {
      KUBECONFIG: join(path, 'kubeconfig'),
      TLS_CERT: join(path, 'tls.crt'),
      TLS_KEY: join(path, 'tls.key'),
    },
  });
  return { path, server, service };
}

test('a HAProxy pod as the manifests compose it: staged, started, followed, with a token that is rotated', async (t) => {
  const port = await freePort();
  const [first, second, third] = await Promise.all(
    ['first', 'second', 'third'].map((name) => startBackend(t, name)),
  );
  const { path, server, service } = await startCluster(t, port);
  const podAt = (backend: { port: number } | undefined) => {
    const { metadata, ...rest } = pod('default', 'web-1');
    const labels = { app: 'web', port: String(backend?.port) };
    server.store.put('pods', { ...rest, metadata: { ...metadata, labels } });
  };
  podAt(first);
  const token = join(path, 'token');
  const rotate = (name: string) => {
    server.tokens.set(name, RELOADER);
    writeFileSync(token, name);
  };
  rotate('token-1');

  const stateDir = join(path, 'state');
  const socket = join(path, 'master.sock');
  const env = { TOKEN_FILE: token, CA_FILE: join(path, 'ca.crt'), MASTER_SOCKET: socket };
  await promisify(execFile)(process.execPath, [PROGRAMS.reloader, '--once'], {
    env: { ...env, PATH: process.env.PATH, RENDERER: service.url, STATE_DIR: stateDir, HAPROXY },
  });
  await startHaproxy(t, { config: join(stateDir, 'current', 'haproxy.cfg'), socket });
  const reloader = await startReloader(t, { stateDir, renderer: service.url, env });
  const answers = (name: string) =>
    until(`${name} answers`, async () => (await get(port)).text === name);
  await until('the pod is ready', async () => (await reloader.get('/readyz')).status === 200);
  await answers('first');

  podAt(second);
  await answers('second');

  server.tokens.clear();
  server.tokens.set('of-renderer', { name: 'system:serviceaccount:lb:renderer' });
  rotate('token-2');
  podAt(third);
  await answers('third');
  assert.ok(!/token-\d/.test(reloader.log()) && !/token-\d/.test(JSON.stringify(service.log())));
});
