/** Where lines come from, at the command line: offline, of a running service, and of what two revisions differ in. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { folder } from '../kit/folder.ts';
import { configMap, pod } from '../kit/objects.ts';
import { PROGRAMS } from '../kit/processes.ts';
import { startServiceProcess } from '../kit/service.ts';
import { until } from '../kit/until.ts';

const SERVICES = configMap('services', { web: '{"namespace":"shop","selector":{"app":"web"}}' });
const TEMPLATE = `defaults
  mode http
  timeout connect 1s
  timeout client 1s
  timeout server 1s
frontend web
  bind 127.0.0.1:8443
  default_backend web
{%- for service in services %}
backend {{ service.name }}
{%- for pod in service.pods.values() %}
  server {{ pod.metadata.name }} {{ pod.status.podIP }}:80
{%- endfor %}
{%- endfor %}
  # {{ params.zone }}
`;

const run = (...args: readonly string[]) =>
  new Promise<{ code: number; stdout: string; stderr: string }>((resolve) => {
    const env = { PATH: `${process.env.PATH}:/usr/sbin`, STATISTICS_PASSWORD: 'test' };
    execFile(process.execPath, [PROGRAMS.service, ...args], { env }, (error, stdout, stderr) =>
      resolve({ code: error ? Number(error.code) : 0, stdout, stderr }),
    );
  });

async function manifests() {
  const path = await folder();
  const write = (template: string, ...ips: readonly string[]) => {
    const pods = ips.map((ip, i) => pod({ name: `web-${i}`, ip }));
    const items = [SERVICES, configMap('config', { template }), ...pods];
    return writeFile(join(path, 'all.json'), JSON.stringify({ kind: 'List', items }));
  };
  await write(TEMPLATE, '10.0.0.1');
  return { path, write };
}

async function serving(t: Parameters<typeof startServiceProcess>[0]) {
  const { path, write } = await manifests();
  const args = ['--params', 'zone'];
  const service = await startServiceProcess(t, { from: path, args });
  const config = async (query = '') => (await fetch(`${service.url}/haproxy.cfg?${query}`)).text();
  await until('it serves', async () => (await config()).includes('10.0.0.1'));
  return { ...service, write, config };
}

const SERVER = '# template:12:3, service web, pod shop/web-0';

test('render --explain: the same configuration, each line with its origin beside it', async () => {
  const { path } = await manifests();
  const plain = await run('render', '--from', path);
  const told = await run('render', '--from', path, '--explain');
  assert.equal(told.code, 0, told.stderr);
  assert.match(told.stdout, new RegExp(`^ {2}server web-0 10\\.0\\.0\\.1:80 +${SERVER}$`, 'm'));
  assert.equal(told.stdout.replace(/ *# template:.*$/gm, ''), plain.stdout.replace(/ +$/gm, ''));
  const { files } = JSON.parse(
    (await run('render', '--from', path, '--explain', '-o', 'json')).stdout,
  );
  assert.deepEqual(files[0].lines[1], {
    line: 2,
    text: '  mode http',
    origin: { key: 'template', line: 2, column: 3 },
  });
});

test('render --check: what HAProxy says of a line is told with its origin', async () => {
  const { path, write } = await manifests();
  await write(TEMPLATE.replace(':80', ':80 nonsense'), '10.0.0.1');
  const { code, stderr } = await run('render', '--from', path, '--check');
  assert.equal(code, 1);
  assert.match(stderr, /haproxy\.cfg:10\].*nonsense/);
  assert.match(stderr, /^haproxy\.cfg:10: from template:12:3, service web, pod shop\/web-0$/m);
});

test('explain: of a running service, a line, in the variant of the URL', async (t) => {
  const { url } = await serving(t);
  const told = await run('explain', '--line', '10', url);
  assert.equal(told.code, 0, told.stderr);
  assert.match(told.stdout, new RegExp(`^10 {4}server web-0 10\\.0\\.0\\.1:80 +${SERVER}\\n$`));
  const json = await run('explain', '--line', '11', '-o', 'json', `${url}/?zone=b`);
  const [{ lines }] = JSON.parse(json.stdout).files;
  assert.equal(lines[0].text, '  # b');
  assert.deepEqual(lines[0].origin.variables, ['params.zone']);
  const none = await run('explain', '--line', '99', url);
  assert.deepEqual([none.code, none.stdout], [1, '']);
  assert.match(none.stderr, /haproxy\.cfg has no line 99 \[bad-parameter\]/);
});

test('diff: of two revisions, each line with its origin', async (t) => {
  const { url, write, config } = await serving(t);
  await write(TEMPLATE.replace('mode http', 'mode tcp'), '10.0.0.1');
  await until('it serves the next', async () => (await config()).includes('mode tcp'));
  const told = await run('diff', '1', '2', url);
  assert.equal(told.code, 1, told.stderr);
  assert.match(told.stdout, /^--- [0-9a-f]{12}\/haproxy\.cfg\n\+\+\+ [0-9a-f]{12}\/haproxy\.cfg\n/);
  assert.match(told.stdout, /^- {2}mode http {2}# template:2:3\n\+ {2}mode tcp +# template:2:3$/m);
  const { changes, from, to } = JSON.parse((await run('diff', '1', '2', url, '-o', 'json')).stdout);
  assert.notEqual(from.revision, to.revision);
  const origin = { key: 'template', line: 2, column: 3 };
  assert.deepEqual(changes, [
    { path: 'haproxy.cfg', side: 'from', line: 2, text: '  mode http', origin },
    { path: 'haproxy.cfg', side: 'to', line: 2, text: '  mode tcp', origin },
  ]);
  assert.deepEqual(await run('diff', '2', '2', url), { code: 0, stdout: '', stderr: '' });
});

test('diff: of what two proxies run', async (t) => {
  const { url, write, config } = await serving(t);
  const poll = async (name: string, query: string, more: Record<string, string> = {}) => {
    const { headers } = await fetch(`${url}/bundle?${query}`);
    const running = (headers.get('etag') ?? '').replaceAll('"', '');
    const revision = headers.get('x-config-revision') ?? '';
    const own = { 'x-running-hash': running, 'x-running-revision': revision };
    await fetch(`${url}/bundle?${query}`, { headers: { 'x-proxy-name': name, ...own, ...more } });
  };
  await poll('edge-a', 'zone=a');
  await poll('edge-b', 'zone=b');
  const told = await run('diff', 'edge-a', 'edge-b', url);
  assert.equal(told.code, 1, told.stderr);
  assert.match(told.stdout, /^--- edge-a\/haproxy\.cfg\n\+\+\+ edge-b\/haproxy\.cfg\n/);
  assert.match(told.stdout, /^- {2}# a {2}# template:15:3, params\.zone\n\+ {2}# b/m);
  // What the service does not serve any more is shown as its revision gives it by now.
  await write(TEMPLATE.replace('mode http', 'mode tcp'), '10.0.0.1');
  // Each variant is rendered in its turn.
  await until('zone a has the next', async () => (await config('zone=a')).includes('mode tcp'));
  await poll('edge-c', 'zone=a');
  const later = await run('diff', 'edge-a', 'edge-c', url);
  assert.equal(later.code, 1, later.stderr);
  assert.match(later.stdout, /^-.*mode http.*\n\+.*mode tcp/m);
  const unknown = await run('diff', 'edge-a', 'edge-x', url);
  assert.match(unknown.stderr, /knows no proxy edge-x.*\[proxy-unknown\]/);
});
