import assert from 'node:assert/strict';
import { readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { folder } from '../kit/folder.ts';
import { startServiceProcess } from '../kit/service.ts';
import { until } from '../kit/until.ts';

const CONFIG = {
  ...{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'config', namespace: 'lb' } },
  data: { template: '# served\n' },
};
const SERVICES = { ...CONFIG, metadata: { name: 'services', namespace: 'lb' }, data: {} };

test('the revision that is served comes back into a history from which somebody deletes it', async (t) => {
  const [manifests, state] = [await folder(), await folder()];
  for (const [name, object] of Object.entries({ config: CONFIG, services: SERVICES }))
    await writeFile(join(manifests, `${name}.json`), JSON.stringify(object));
  const { url } = await startServiceProcess(t, {
    args: ['--from', manifests, '--state-dir', state],
  });
  const served = async () => (await fetch(`${url}/haproxy.cfg`)).text();
  await until('it serves', async () => (await served()) === '# served\n');
  const revisions = join(state, 'revisions');
  const kept = () => readdir(revisions).catch(() => []);
  await until('it is kept', async () => (await kept()).length === 1);
  for (const name of await kept()) await rm(join(revisions, name));
  await until('it is kept anew', async () => (await kept()).length === 1, 60_000);
  assert.equal(await served(), '# served\n');
});
