import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { makeCertificate } from '../kit/certificate.ts';
import { folder } from '../kit/folder.ts';
import { configMap, pod, secret } from '../kit/objects.ts';
import { PROGRAMS } from '../kit/processes.ts';

const SERVICES = { web: '{"namespace":"shop","selector":{"app":"web"}}' };
const CONFIG = `defaults
  mode http
  timeout connect 1s
  timeout client 1s
  timeout server 1s
frontend web
  bind 127.0.0.1:8443{% for c in certificates %} ssl crt {{ ssldir }}/{{ c }}.pem{% endfor %}
  default_backend web
backend web{% for pod in services[0].pods.values() %}
  server {{ pod.metadata.name }} {{ pod.status.podIP }}:80{% endfor %}
`;

function run(args: readonly string[], input = '') {
  const env = { PATH: `${process.env.PATH}:/usr/sbin`, STATISTICS_PASSWORD: 'test' };
  return spawnSync(process.execPath, [PROGRAMS.service, ...args], { input, env, encoding: 'utf8' });
}

const list = (...items: object[]) => JSON.stringify({ apiVersion: 'v1', kind: 'List', items });

test('standard input, a file and a folder give the same configuration', async () => {
  const path = await folder();
  const text = list(
    configMap('services', SERVICES),
    configMap('config', { template: CONFIG }),
    pod({ name: 'a' }),
  );
  await writeFile(join(path, 'all.json'), text);
  const fromInput = run(['render', '--from', '-'], text);
  assert.equal(fromInput.status, 0, fromInput.stderr);
  assert.match(fromInput.stdout, / {2}server a 10\.0\.0\.1:80\n$/);
  assert.equal(run(['render', '--from', path]).stdout, fromInput.stdout);
  assert.equal(run(['render', '--from', join(path, 'all.json')]).stdout, fromInput.stdout);
});

test('--check lets HAProxy judge, certificates included', async () => {
  const path = await folder();
  const { certificatePem, keyPem } = await makeCertificate({ names: ['a.example'] });
  const write = (template: string) =>
    writeFile(
      join(path, 'all.json'),
      list(
        configMap('services', SERVICES),
        configMap('config', { template }),
        configMap('certificates', { a: certificatePem }),
        secret('keys', { a: Buffer.from(keyPem).toString('base64') }),
      ),
    );
  await write(CONFIG);
  const good = run(['render', '--from', path, '--check']);
  assert.equal(good.status, 0, good.stderr);
  assert.match(good.stdout, /crt \/etc\/haproxy\/ssl\/a\.pem/);
  await write(CONFIG.replace('mode http', 'mode nonsense'));
  const bad = run(['render', '--from', path, '--check']);
  assert.equal(bad.status, 1);
  assert.match(bad.stderr, /haproxy\.cfg:2/);
  await write('defaults\n  mode http\n');
  const idle = run(['render', '--from', path, '--check']);
  assert.equal(idle.status, 1);
  assert.match(idle.stderr, /the configuration has no listener/);
});

test('diagnostics go to standard error, with their place; what fails gives no configuration', () => {
  const text = list(
    configMap('services', { ...SERVICES, bad: '{' }),
    configMap('config', { template: '{{ services|length }}' }),
  );
  const partial = run(['render', '--from', '-'], text);
  assert.deepEqual([partial.status, partial.stdout], [0, '1\n']);
  assert.match(partial.stderr, /^configmaps\/lb\/services bad:1:2: error: .*\[service-json\]\n/);
  const failed = run(['render', '--from', '-'], list(configMap('services', SERVICES)));
  assert.deepEqual([failed.status, failed.stdout], [1, '']);
  assert.match(failed.stderr, /input-missing/);
  const broken = run(
    ['render', '--from', '-'],
    list(
      configMap('services', SERVICES),
      configMap('config', { template: 'a\nb {{ servces[0] }}\n' }),
    ),
  );
  assert.equal(broken.status, 1);
  assert.match(broken.stderr, /configmaps\/lb\/config template:2:\d+: error:/);
  assert.match(broken.stderr, /services/, 'the nearest name that exists');
});

test('what a template fails on is told with what to do', () => {
  for (const [template, hint] of [
    ['log-format "{%[src]}"', /for HAProxy, write {{ '{%' }} instead/],
    ['{% include "makros" %}', /ConfigMap config has no key makros/],
    ['{{ services[0].hosts.x }}', /Correct the name; where it may be missing/],
    ['{% for i in range(200000) %}{% endfor %}', /docs\/templates\.md, "Limits"/],
  ] as const) {
    const text = list(configMap('services', SERVICES), configMap('config', { template }));
    assert.match(run(['render', '--from', '-'], text).stderr, hint);
  }
});

test('exit codes: 2 for a wrong usage, with all problems; 1 for a folder that is not there; 0 for help', () => {
  const wrong = run(['render', '--listen', 'x', '--render-memory', 'y']);
  assert.equal(wrong.status, 2);
  assert.match(wrong.stderr, /--render-memory .*\n--listen /);
  assert.equal(run([]).status, 2);
  assert.equal(run(['dance']).status, 2);
  assert.equal(run(['serve', '--from', '-']).status, 2);
  assert.equal(run(['render', '--from', '/does/not/exist']).status, 1);
  const help = run(['--help']);
  assert.equal(help.status, 0);
  assert.match(help.stdout, /K8SBASE/);
});

test('--env-allow says which variables the template sees', () => {
  const template = '{{ env.PATH is defined }} {{ env.STATISTICS_PASSWORD is defined }}';
  const text = list(configMap('services', SERVICES), configMap('config', { template }));
  const shown = (...args: string[]) => run(['render', '--from', '-', ...args], text).stdout;
  assert.equal(shown(), 'True False\n');
  assert.equal(shown('--env-allow', 'HOME,PA*'), 'True False\n');
  assert.equal(shown('--env-allow', 'HOME'), 'False False\n');
});
