import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { balancing } from '../kit/configuration.ts';
import { folder } from '../kit/folder.ts';
import { configMap, pod } from '../kit/objects.ts';
import { freePort } from '../kit/port.ts';
import { holdPort } from '../kit/port-holder.ts';
import { startReloader } from '../kit/reloader.ts';
import { startServiceProcess } from '../kit/service.ts';
import { until } from '../kit/until.ts';

const SERVICES = configMap('services', {
  web: '{"namespace": "shop", "selector": {"app": "web"}}',
});

test('a proxy whose port is held when it starts tries each revision, then waits longer and longer', async (t) => {
  const from = await folder();
  const port = await freePort();
  const save = (timeout: number) => {
    const config = configMap('config', { template: balancing(port, ['web 127.0.0.1:9'], timeout) });
    const list = { kind: 'List', items: [SERVICES, config, pod({ name: 'web-1' })] };
    return writeFile(join(from, 'all.json'), JSON.stringify(list));
  };
  await save(10);
  const service = await startServiceProcess(t, { from });
  const text = async () => (await fetch(`${service.url}/haproxy.cfg`)).text();
  await until('the first is served', async () => (await text()).includes('timeout client 10s'));
  await save(11);
  await until('the second is served', async () => (await text()).includes('timeout client 11s'));
  const { release } = await holdPort(t, port);
  const reloader = await startReloader(t, { stateDir: await folder(), renderer: service.url });
  await until('both are refused', async () => (await reloader.status()).refused.length === 2);
  const held = async () =>
    /^kubernetes_haproxy_held_polls 1$/m.test(await (await fetch(`${service.url}/metrics`)).text());
  await until('the renderer holds its poll', held);
  // Each once, and the newest or both anew after a first pause.
  assert.ok((await reloader.status()).counts.refusals <= 6);
  await release();
  await until('it starts', async () => (await reloader.status()).ready);
});
