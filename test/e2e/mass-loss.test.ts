import assert from 'node:assert/strict';
import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { createMaster } from '../../reloader/haproxy/master.ts';
import { balancing } from '../kit/configuration.ts';
import { folder } from '../kit/folder.ts';
import { startLoad } from '../kit/load.ts';
import { namedBackend } from '../kit/loop.ts';
import { configMap, pod } from '../kit/objects.ts';
import { freePort } from '../kit/port.ts';
import { startReloader } from '../kit/reloader.ts';
import { get } from '../kit/request.ts';
import { startServiceProcess } from '../kit/service.ts';
import { until } from '../kit/until.ts';

const NODES = { lost: 12, left: 2 };
const NAMES = Array.from({ length: NODES.lost + NODES.left }, (_, i) => `web-${i}`);

/** Pods on two groups of nodes, with HAProxy before them; each server of `haproxy.cfg` ends with these words. */
async function startFleet(t: TestContext, check: string) {
  const manifests = await folder();
  const port = await freePort();
  const backends = await Promise.all(NAMES.map((name) => namedBackend(t, name)));
  const lost = new Set(NAMES.slice(0, NODES.lost));
  const template = `${balancing(port, [])}{% for pod in services[0].pods.values() %}
  server {{ pod.metadata.name }} {{ pod.status.podIP }}:{{ pod.metadata.labels.port }} ${check}
{%- endfor %}
`;
  async function save(isReady: (name: string) => boolean): Promise<void> {
    const pods = backends.map(({ name, port: own }) => {
      const labels = { app: 'web', port: String(own) };
      return pod({ name, ip: '127.0.0.1', labels, ready: isReady(name) });
    });
    const services = { web: '{"namespace":"shop","selector":{"app":"web"}}' };
    const items = [configMap('services', services), configMap('config', { template }), ...pods];
    const path = join(manifests, 'all.json');
    await writeFile(`${path}.new`, JSON.stringify({ kind: 'List', items }));
    await rename(`${path}.new`, path);
  }
  await save(() => true);
  const service = await startServiceProcess(t, { from: manifests });
  const reloader = await startReloader(t, { stateDir: await folder(), renderer: service.url });
  const { worker } = createMaster(reloader.socket);
  /** The states of all servers that HAProxy has. */
  const states = async () => {
    const lines = (await worker.ask('show stat app 4 -1')).split('\n');
    const rows = lines.filter((line) => line.startsWith('app,')).map((line) => line.split(','));
    return rows.map((cells) => cells[17]?.split(' ')[0] ?? '').sort();
  };
  await until('all serve', async () => {
    const found = await states();
    return (await get(port)).status === 200 && found.length === NAMES.length;
  });
  return {
    port,
    states,
    massLoss: async () =>
      ((await (await fetch(`${service.url}/status`)).json()) as { massLoss?: { kept: number } })
        .massLoss,
    /** Whatever was on those nodes is dead, and Kubernetes says so, some time later. */
    async loseNodes() {
      for (const { server } of backends.filter(({ name }) => lost.has(name))) {
        server.close();
        server.closeAllConnections();
      }
      await save((name) => !lost.has(name));
    },
  };
}

test('a node group that is lost for good: HAProxy takes its servers out, and nobody is sent to them from then on', async (t) => {
  const { port, states, massLoss, loseNodes } = await startFleet(t, 'check inter 200ms fall 2');
  await loseNodes();
  await until('it is held', async () => (await massLoss())?.kept === NODES.lost);
  await until('the checks have judged', async () => {
    const found = await states();
    const down = found.filter((state) => state === 'DOWN');
    return found.length === NAMES.length && down.length === NODES.lost;
  });
  const load = startLoad(t, { port, keepAlive: false });
  await until('much is answered', () => load.answered() > 500);
  await load.stop();
  assert.deepEqual(load.failures, []);
});

test('servers without checks of a node group that is lost are taken out as Kubernetes tells', async (t) => {
  const { port, states, massLoss, loseNodes } = await startFleet(t, 'weight 1');
  await loseNodes();
  await until('they are out', async () => (await states()).length === NODES.left);
  assert.equal((await massLoss())?.kept, 0);
  const load = startLoad(t, { port, keepAlive: false });
  await until('much is answered', () => load.answered() > 500);
  await load.stop();
  assert.deepEqual(load.failures, []);
});
