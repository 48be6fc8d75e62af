import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type TestContext, test } from 'node:test';
import { stringify } from 'yaml';
import { MERGE_PATCH } from '../apiserver/contract/subject.ts';
import { startControlPlane } from '../cluster/control-plane.ts';
import { folder } from '../kit/folder.ts';
import { createCaller } from '../kubernetes/caller.ts';

const HELM = process.env.HELM ?? assert.fail('HELM is set by npm run test:helm');
const MAPS = '/api/v1/namespaces/lb/configmaps';

const encoded = (text: string): string => Buffer.from(text).toString('base64');

/** A real API server, and helm as somebody who may do everything there. */
async function start(t: TestContext) {
  const plane = await startControlPlane(t);
  const caller = createCaller(plane.admin);
  t.after(() => caller.close());
  const { ca = '', cert = '', key = '' } = await plane.admin.prove();
  const home = await folder();
  const kubeconfig = join(home, 'config');
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'x',
    contexts: [{ name: 'x', context: { cluster: 'x', user: 'x' } }],
    clusters: [
      {
        name: 'x',
        cluster: { server: plane.server.url, 'certificate-authority-data': encoded(ca) },
      },
    ],
    users: [
      {
        name: 'x',
        user: { 'client-certificate-data': encoded(cert), 'client-key-data': encoded(key) },
      },
    ],
  };
  writeFileSync(kubeconfig, stringify(config));
  const helm = (...args: readonly string[]): string => {
    const env = { PATH: process.env.PATH, HOME: home, KUBECONFIG: kubeconfig };
    const words = [...args, '--namespace', 'lb', '--timeout', '60s'];
    const { status, stdout, stderr } = spawnSync(HELM, words, { encoding: 'utf8', env });
    assert.equal(status, 0, stderr);
    return stdout;
  };
  return { caller, helm };
}

test('a release is installed and changed on a real API server, and leaves alone what renderers and people write', async (t) => {
  const { caller, helm } = await start(t);
  const chart = resolve('k8s/helm');
  const notes = helm('install', 'haproxy', chart, '--create-namespace', '--set', 'pods.all=true');
  assert.match(notes, /Secret renderer-tls/);
  const deployment = '/apis/apps/v1/namespaces/lb/deployments/renderer';
  assert.equal((await caller.expect('GET', deployment)).metadata.name, 'renderer');

  // The fleet runs a revision, as the renderers have noted it, and people have written services of their own.
  const written = { rollout: { stable: 'a'.repeat(64) }, services: { web: '{}', shop: '{}' } };
  for (const [name, data] of Object.entries(written))
    await caller.expect('PATCH', `${MAPS}/${name}`, { body: { data }, contentType: MERGE_PATCH });
  helm('upgrade', 'haproxy', chart, '--reuse-values', '--set', 'renderer.image=r.example/k:2');
  for (const [name, expected] of Object.entries(written)) {
    const { data } = await caller.expect('GET', `${MAPS}/${name}`);
    assert.deepEqual(data, expected, name);
  }
  assert.match(JSON.stringify(await caller.expect('GET', deployment)), /"image":"r\.example\/k:2"/);

  helm('uninstall', 'haproxy');
  const [status] = await caller.send('GET', deployment);
  assert.equal(status, 404);
});
