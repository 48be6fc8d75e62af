import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { folder } from '../kit/folder.ts';
import { configMap, pod } from '../kit/objects.ts';
import { freePort } from '../kit/port.ts';
import { PROGRAMS } from '../kit/processes.ts';
import { startServiceProcess } from '../kit/service.ts';
import { until } from '../kit/until.ts';

const SERVICES = configMap('services', { web: '{"namespace":"shop","selector":{"app":"web"}}' });
const GOOD = 'global\n';

const run = (...args: readonly string[]) =>
  new Promise<{ code: number; stdout: string; stderr: string }>((resolve) => {
    const env = { PATH: process.env.PATH };
    execFile(process.execPath, [PROGRAMS.service, ...args], { env }, (error, stdout, stderr) =>
      resolve({ code: error ? Number(error.code) : 0, stdout, stderr }),
    );
  });

async function serving(t: Parameters<typeof startServiceProcess>[0], ...args: string[]) {
  const from = await folder();
  const write = (template: string) =>
    writeFile(
      join(from, 'all.json'),
      JSON.stringify({
        kind: 'List',
        items: [SERVICES, configMap('config', { template }), pod({ name: 'a' })],
      }),
    );
  await write(GOOD);
  const service = await startServiceProcess(t, { from, args });
  await until('it is ready', async () => (await fetch(`${service.url}/readyz`)).ok);
  return { ...service, write };
}

test('status tells in one line whether everything is well, then of what it is made, and ends by that', async (t) => {
  const { url, write } = await serving(t);
  const etag = (await fetch(`${url}/bundle`)).headers.get('etag') ?? '';
  const poll = (name: string, headers: Record<string, string>) =>
    fetch(`${url}/bundle`, { headers: { 'x-proxy-name': name, ...headers } });
  const runs = { 'x-running-hash': etag.replaceAll('"', ''), 'x-haproxy-version': '3.2.1' };
  await poll('edge-1', runs);
  const well = await run('status', url);
  assert.equal(well.code, 0, well.stdout + well.stderr);
  assert.match(
    well.stdout,
    /^Everything is well\.\n\nkubernetes-haproxy \S+ serves revision [0-9a-f]{12} for \S+; the newest intent: good\n/,
  );
  assert.match(well.stdout, /^edge-1 +3\.2\.1 +\S+ +runs the newest /m);
  assert.match(well.stdout, /^SOURCE +OBJECTS +AGE +STALE$/m);
  await poll('edge-2', { 'x-refused-hash': 'sha256:x', 'x-refused-reason': 'unknown keyword' });
  await write('{% if %}');
  await until('it is held back', async () =>
    /"held back"/.test(await (await fetch(`${url}/status`)).text()),
  );
  const ill = await run('status', url);
  assert.equal(ill.code, 1);
  assert.match(
    ill.stdout,
    /^Not everything is well: 1 part is held back; 1 proxy refuses; 1 error in the inputs\.\n/,
  );
  assert.match(ill.stdout, /^configmaps\/lb\/config template:1:\d+: error: /m);
  assert.match(ill.stdout, /^config +\S+ +last good$/m);
  assert.match(ill.stdout, /^PROXY .*\nedge-2 +- +- +refuses +\S+ +unknown keyword$/m);
  const json = await run('status', '-o', 'json', url);
  assert.equal(json.code, 1);
  assert.equal(JSON.parse(json.stdout).intent.state, 'held back');
});

test('status proves who it is by a token, and says what to do where it is not let in', async (t) => {
  const tokens = join(await folder(), 'tokens');
  await writeFile(tokens, 'correct-horse-battery-staple\n');
  const { url } = await serving(t, '--auth', 'token', '--token-file', tokens);
  const refused = await run('status', url);
  assert.deepEqual([refused.code, refused.stdout], [1, '']);
  assert.match(refused.stderr, /answers 401: .*\[status-unknown\]\nWho may ask/s);
  assert.equal((await run('status', '--token-file', tokens, url)).code, 0);
});

test('status of nobody says so', async () => {
  const { code, stderr } = await run('status', `http://127.0.0.1:${await freePort()}`);
  assert.equal(code, 1);
  assert.match(stderr, /does not answer: /);
});
