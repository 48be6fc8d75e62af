import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { folder } from '../kit/folder.ts';
import { configMap, pod } from '../kit/objects.ts';
import { PROGRAMS } from '../kit/processes.ts';
import { startServiceProcess } from '../kit/service.ts';
import { until } from '../kit/until.ts';

const SERVICES = configMap('services', { web: '{"namespace":"shop","selector":{"app":"web"}}' });
const TEMPLATE =
  '{% for s in services %}{% for p in s.pods.itervalues() %}{{ p.status.podIP }} {% endfor %}{% endfor %}{{ env.HOME }}';

const write = (path: string, template: string, ...pods: object[]) =>
  writeFile(
    join(path, 'all.json'),
    JSON.stringify({ kind: 'List', items: [SERVICES, configMap('config', { template }), ...pods] }),
  );
const get = async (url: string) => (await fetch(url)).text();

test('a changed manifest is what curl shows; SIGTERM answers those who wait, then ends well', async (t) => {
  const path = await folder();
  await write(path, TEMPLATE, pod({ name: 'a' }));
  const { url, child } = await startServiceProcess(t, { from: path });
  await until('it is ready', async () => (await fetch(`${url}/readyz`)).ok);
  assert.equal(await get(`${url}/haproxy.cfg`), '10.0.0.1 \n');
  const first = await fetch(`${url}/bundle`);
  const etag = first.headers.get('etag') ?? '';
  const held = fetch(`${url}/bundle`, { headers: { 'if-none-match': etag, prefer: 'wait=60' } });
  await write(path, TEMPLATE, pod({ name: 'a' }), pod({ name: 'b', ip: '10.0.0.2' }));
  const changed = await held;
  assert.equal(changed.status, 200);
  assert.equal(await get(`${url}/haproxy.cfg`), '10.0.0.1 10.0.0.2 \n');

  const waiting = fetch(`${url}/bundle`, {
    headers: { 'if-none-match': changed.headers.get('etag') ?? '', prefer: 'wait=60' },
  });
  await until('it waits', async () => /"waiting": 1/.test(await get(`${url}/status`)));
  child.kill('SIGTERM');
  assert.equal((await waiting).status, 304);
  assert.deepEqual(await once(child, 'exit'), [0, null]);
});

test('an address that is taken is told, with what to do', async (t) => {
  const path = await folder();
  await write(path, TEMPLATE);
  const { url } = await startServiceProcess(t, { from: path });
  const { host } = new URL(url);
  const args = [PROGRAMS.service, 'serve', '--from', path, '--listen', host];
  const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  assert.equal(status, 1);
  assert.ok(
    stderr.includes(`cannot listen on ${host}: another process listens there [EADDRINUSE]`),
  );
  assert.match(stderr, /choose another address: LISTEN/);
});

test('a template that kills its renderer is told in /status, and what was good is served meanwhile', async (t) => {
  const path = await folder();
  await write(path, TEMPLATE, pod({ name: 'a' }));
  const { url } = await startServiceProcess(t, { from: path, args: ['--render-deadline', '0.5'] });
  await until('it is ready', async () => (await fetch(`${url}/readyz`)).ok);
  const loop = '{% for a in range(99999) %}'.repeat(3) + '{% endfor %}'.repeat(3);
  await write(path, loop, pod({ name: 'a' }));
  await until('it is told', async () => /render-deadline/.test(await get(`${url}/status`)));
  const answer = await fetch(`${url}/haproxy.cfg`);
  assert.equal(await answer.text(), '10.0.0.1 \n');
  assert.match(answer.headers.get('x-config-failure') ?? '', /render-deadline/);
  await write(path, TEMPLATE, pod({ name: 'a', ip: '10.0.0.9' }));
  await until('it recovers', async () => (await get(`${url}/haproxy.cfg`)) === '10.0.0.9 \n');
});

test('a renderer killed from outside comes back with everything it knew', async (t) => {
  const path = await folder();
  await write(path, TEMPLATE, pod({ name: 'a' }));
  const { url, rendererPid } = await startServiceProcess(t, { from: path });
  await until('it is ready', async () => (await fetch(`${url}/readyz`)).ok);
  const pid = rendererPid();
  process.kill(pid, 'SIGKILL');
  await until('there is another', () => rendererPid() !== pid);
  await write(path, TEMPLATE, pod({ name: 'a' }), pod({ name: 'b', ip: '10.0.0.2' }));
  await until(
    'it renders',
    async () => (await get(`${url}/haproxy.cfg`)) === '10.0.0.1 10.0.0.2 \n',
  );
});
