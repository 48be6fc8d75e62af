import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { folder } from '../kit/folder.ts';
import { configMap, pod } from '../kit/objects.ts';
import { PROGRAMS } from '../kit/processes.ts';
import { startServiceProcess } from '../kit/service.ts';
import { until } from '../kit/until.ts';

const TEMPLATE = `backend web
{%- for pod in services[0].pods.values() %}
  server {{ pod.metadata.name }} {{ pod.status.podIP }}:80 check
{%- endfor %}
`;

test('with files as source a person confirms a mass loss in STATE_DIR; metrics tell of it', async (t) => {
  const [manifests, stateDir] = [await folder(), await folder()];
  async function write(count: number): Promise<void> {
    const pods = Array.from({ length: count }, (_, i) => pod({ name: `w${i}`, ip: `10.0.0.${i}` }));
    const services = { web: '{"namespace":"shop","selector":{"app":"web"}}' };
    const items = [
      configMap('services', services),
      configMap('config', { template: TEMPLATE }),
      ...pods,
    ];
    const path = join(manifests, 'all.json');
    await writeFile(`${path}.new`, JSON.stringify({ kind: 'List', items }));
    await rename(`${path}.new`, path);
  }
  await write(15);
  const env = { STATE_DIR: stateDir };
  const { url } = await startServiceProcess(t, { from: manifests, env });
  const read = async (path: string) => (await fetch(url + path)).text();
  const servers = async () => (await read('/haproxy.cfg')).match(/server /g)?.length ?? 0;
  const has = (count: number) =>
    until(`${count} are served`, async () => (await servers()) === count);
  const rollout = (...words: readonly string[]) =>
    spawnSync(process.execPath, [PROGRAMS.service, 'rollout', ...words, '--from', manifests], {
      encoding: 'utf8',
      env: { ...env, PATH: process.env.PATH, LISTEN: new URL(url).host },
    });
  const confirm = () => rollout('confirm-loss');
  await has(15);
  assert.match(confirm().stderr, /no mass loss is held \[no-mass-loss\]/);
  await write(1);
  await until('metrics tell', async () =>
    (await read('/metrics')).includes('kubernetes_haproxy_mass_loss_servers_kept 14'),
  );
  await has(15);
  const line = /^mass loss: 14 servers vanished at once, 14 of them are kept as they were; .*$/m;
  assert.match(rollout('status').stdout, line);
  await until('it is confirmed', () => confirm().status === 0);
  await has(1);
  assert.match(await read('/metrics'), /^kubernetes_haproxy_mass_loss 0$/m);
  assert.doesNotMatch(rollout('status').stdout, /mass loss/);
});

test('MASS_LOSS=off keeps nothing', async (t) => {
  for (const share of ['off', '0']) {
    const { child } = await startServiceProcess(t, {
      from: 'examples/basic',
      env: { MASS_LOSS: share },
    });
    assert.equal(child.exitCode, null);
  }
  const args = [PROGRAMS.service, 'serve', '--mass-loss', 'half', '--from', 'examples/basic'];
  const { stderr, status } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  assert.equal(status, 2);
  assert.match(stderr, /--mass-loss "half": expected a share such as 50%, or off/);
});
