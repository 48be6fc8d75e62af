import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { makeCertificate } from '../kit/certificate.ts';
import { folder } from '../kit/folder.ts';
import { HAPROXY } from '../kit/haproxy.ts';
import { configMap, pod, secret } from '../kit/objects.ts';
import { PROGRAMS } from '../kit/processes.ts';

const TEMPLATE = `defaults
  mode http
  timeout connect 1s
  timeout client 1s
  timeout server 1s
frontend http
  bind 127.0.0.1:8443{% for c in certificates %} ssl crt {{ ssldir }}/{{ c }}.pem{% endfor %}
  http-request deny if { path "/no way" } # {{ params.zone }} {{ env.ZONE }}
  default_backend web
{%- for service in services %}
backend {{ service.name }}{% for pod in service.pods.values() %}
  server {{ pod.metadata.name }} {{ pod.status.podIP }}:80 {{ service.options|words if service.options }}{% endfor %}
{%- endfor %}
`;
const WEB = '{"namespace":"default","selector":{"app":"web"}}';

/** A folder with a template, and a test beside it that expects what is given, as YAML. */
async function project(expectations: string, more = '') {
  const path = await folder();
  const { certificatePem, keyPem } = await makeCertificate({ names: ['a.example'] });
  const labels = { app: 'web' };
  const items = [
    configMap('services', { web: WEB }),
    configMap('config', {
      template: TEMPLATE,
      'files.hosts.map': 'a.example web\nb.example web two\n',
    }),
    configMap('certificates', { a: certificatePem }),
    secret('keys', { a: Buffer.from(keyPem).toString('base64') }),
    pod({ name: 'one', namespace: 'default', labels }),
    pod({ name: 'two', namespace: 'default', labels, ip: '10.0.0.2' }),
  ];
  await mkdir(join(path, 'tests'));
  await writeFile(join(path, 'all.json'), JSON.stringify({ kind: 'List', items }));
  const text = `tests:\n- name: it\n${more}  expect:\n${expectations.replace(/^(?=.)/gm, '  ')}\n`;
  await writeFile(join(path, 'tests', 'tests.yaml'), text);
  return path;
}

function run(from: string, ...args: readonly string[]) {
  const env = { PATH: process.env.PATH, HAPROXY, STATISTICS_PASSWORD: 'test' };
  const words = [PROGRAMS.service, 'test', '--from', from, ...args];
  return spawnSync(process.execPath, words, { env, encoding: 'utf8' });
}

interface Fault {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
  readonly line: number;
  readonly column: number;
}
interface Told {
  readonly tests: number;
  readonly pass: number;
  readonly fail: number;
  readonly invalid: number;
  readonly files: readonly {
    readonly problems: readonly Fault[];
    readonly tests: readonly {
      readonly name: string;
      readonly line: number;
      readonly passes: boolean;
      readonly failures: readonly Fault[];
    }[];
  }[];
}

function told(from: string): Told {
  const { stdout, stderr } = run(from, '-o', 'json');
  assert.equal(stderr, '');
  return JSON.parse(stdout) as Told;
}

const failuresOf = (from: string) => told(from).files[0]?.tests[0]?.failures ?? [];

/** Each is true, then something that is not: its place (the first line of an expectation is 2), and what is said. */
const CLAIMS: readonly (readonly [reason: string, good: string, bad: string, said: RegExp])[] = [
  [
    'a line of a section, by its words',
    '- section: frontend http\n  has: [bind 127.0.0.1:8443 ssl crt /etc/haproxy/ssl/a.pem, "http-request deny  if { path /no\\\\ way }"]',
    '- section: backend web\n  has: [server one 10.0.0.9:80]',
    /^3:11 backend web lacks server one 10\.0\.0\.9:80 \| backend web has\n {4}server one 10\.0\.0\.1:80/,
  ],
  [
    'how many lines match',
    '- section: backend web\n  has: [{matches: ^server, times: 2}, {matches: ^nothing, times: 0}]',
    '- section: backend web\n  has: [{matches: ^server, times: 3}]',
    /^3:11 backend web has \/\^server\/ 2 times, not 3/,
  ],
  [
    'what a section lacks',
    '- section: backend web\n  lacks: [server three 10.0.0.3:80]',
    '- section: backend web\n  lacks: [{matches: two}]',
    /^3:13 backend web has \/two\/ \| The line is server two/,
  ],
  [
    'the order of lines',
    '- section: backend web\n  inOrder: [{matches: one}, {matches: two}]',
    '- section: backend web\n  inOrder: [{matches: two}, {matches: one}]',
    /^3:31 backend web has \/one\/ too early/,
  ],
  [
    'all lines of a section',
    '- section: backend web\n  lines: [server one 10.0.0.1:80, server two 10.0.0.2:80]',
    '- section: backend web\n  lines: [server one 10.0.0.1:80]',
    /^2:5 backend web has one line more: server two/,
  ],
  [
    'that a section has no line',
    '- section: backend x\n  absent: true',
    '- section: backend web\n  lines: []',
    /^2:5 backend web has one line more: server one/,
  ],
  [
    'that a section is there',
    '- section: defaults',
    '- section: backend wbe',
    /^2:5 there is no backend wbe \| There are backend web\./,
  ],
  [
    'that a section is not there',
    '- section: backend x\n  absent: true',
    '- section: backend web\n  absent: true',
    /^2:5 there is backend web/,
  ],
  [
    'lines of a file',
    '- file: hosts.map\n  has: [b.example web   two]',
    '- file: hosts.map\n  lacks: [a.example web]',
    /^3:13 files\/hosts\.map has a\.example web/,
  ],
  [
    'that a file is delivered',
    '- file: nothing.map\n  absent: true',
    '- file: nothing.map',
    /^2:5 files\/nothing\.map is not delivered \| Delivered are files\/hosts\.map, haproxy\.cfg, ssl\/a\.pem/,
  ],
  [
    'a file that is equal to another one',
    '- file: hosts.map\n  equals: good.map',
    '- file: hosts.map\n  equals: bad.map',
    /^2:5 files\/hosts\.map differs from bad\.map \| Line 2 of the file has b\n {4}what is delivered has b\.example web two/,
  ],
  [
    'that there is the file to be equal to',
    '- file: hosts.map\n  equals: good.map',
    '- file: hosts.map\n  equals: none.map',
    /^2:5 there is no file none\.map/,
  ],
  [
    'an entry of a map',
    '- map: hosts.map\n  key: b.example\n  value: web two',
    '- map: hosts.map\n  key: a.example\n  value: api',
    /^3:5 a\.example in files\/hosts\.map is not api \| It is web\./,
  ],
  [
    'a key of a map',
    '- map: hosts.map\n  key: c.example\n  absent: true',
    '- map: hosts.map\n  key: c.example',
    /^3:5 files\/hosts\.map lacks the key c\.example \| There are a\.example, b\.example/,
  ],
  [
    'that a key is not in a map',
    '- map: hosts.map\n  key: a.example',
    '- map: hosts.map\n  key: a.example\n  absent: true',
    /^3:5 files\/hosts\.map has the key a\.example/,
  ],
  [
    'a certificate',
    '- certificate: a\n  hosts: [a.example]',
    '- certificate: b',
    /^2:5 the certificate b is not delivered \| There are a\./,
  ],
  [
    'the hosts of a certificate',
    '- certificate: b\n  absent: true',
    '- certificate: a\n  hosts: [a.example, b.example]',
    /^2:5 the certificate a is not for b\.example/,
  ],
  [
    'that HAProxy takes it',
    '- haproxyCheck: passes',
    '- haproxyCheck: fails',
    /^2:5 haproxy -c passes/,
  ],
];

test('a test says of what is delivered', async (t) => {
  const indented = (text: string) => text.replace(/^(?=.)/gm, '  ');
  const named = (name: string, text: string) => `- name: ${name}\n  expect:\n${indented(text)}\n`;
  const tests = CLAIMS.flatMap(([reason, good, bad]) => [
    named(reason, good),
    named(`not ${reason}`, bad),
  ]);
  const from = await project('');
  const inTests = (name: string) => join(from, 'tests', name);
  await writeFile(inTests('tests.yaml'), `tests:\n${tests.join('')}`);
  await writeFile(inTests('good.map'), 'a.example web\nb.example web two\n');
  await writeFile(inTests('bad.map'), 'a.example web\nb\n');
  const all = told(from).files[0]?.tests ?? [];
  for (const [i, [reason, , , said]] of CLAIMS.entries())
    await t.test(reason, () => {
      const [right, wrong] = all.slice(2 * i);
      assert.deepEqual(right, { ...right, name: reason, passes: true, failures: [] });
      const [failure, more] = wrong?.failures ?? [];
      assert.equal(more, undefined);
      const { line = 0, column, message = '', hint, code } = failure ?? {};
      assert.equal(code, 'test-failed');
      assert.match(`${line - (wrong?.line ?? 0)}:${column} ${message} | ${hint}`, said);
    });
});

test('a test changes entries, objects, parameters and variables, and does without some', async () => {
  const inputs = `  services:
    web: {namespace: default, selector: {app: web}, options: weight 7}
    more: {namespace: default, selector: {app: more}}
  objects:
  - {apiVersion: v1, kind: Pod, metadata: {name: m, labels: {app: more}}, status: {podIP: 10.1.0.1, conditions: [{type: Ready, status: "True"}]}}
  without: [{kind: Pod, name: two}]
  params: {zone: eu}
  env: {ZONE: north}
`;
  const from = await project(
    `- section: backend web
  lines: [server one 10.0.0.1:80 weight 7]
- section: backend more
  lines: [server m 10.1.0.1:80]
- section: frontend http
  has: [{matches: '# eu north$'}]
- haproxyCheck: passes`,
    inputs,
  );
  assert.deepEqual(failuresOf(from), []);
  const without = await project(
    '- section: backend web\n  absent: true',
    '  services: {web: null}\n',
  );
  assert.deepEqual(failuresOf(without), []);
});

test('what HAProxy refuses fails a test, with its words; a test can want that', async () => {
  const bad = '  services: {web: {namespace: default, selector: {app: web}, options: nonsense}}\n';
  const [failure] = failuresOf(await project('- haproxyCheck: passes', bad));
  assert.match(
    `${failure?.message}: ${failure?.hint}`,
    /^haproxy -c fails: haproxy\.cfg:\d+: .*'nonsense'/,
  );
  const wanted = '- haproxyCheck: fails\n  message: nonsense';
  assert.deepEqual(failuresOf(await project(wanted, bad)), []);
  const [other] = failuresOf(await project('- haproxyCheck: fails\n  message: certificate', bad));
  assert.match(other?.message ?? '', /does not say \/certificate\//);
});

test('without HAProxy its check fails a test, whatever that expects', async () => {
  for (const outcome of ['passes', 'fails']) {
    const from = await project(`- haproxyCheck: ${outcome}`);
    const { stdout, status } = run(from, '--haproxy', '/does/not/exist');
    assert.equal(status, 1);
    assert.match(
      stdout,
      /haproxy -c gives no result \[test-failed\][\s\S]*--haproxy, names the binary/,
    );
  }
});

test('a fault that no test expects fails it; one that is expected does not', async () => {
  const odd = '  services: {odd: {selector: {}}}\n';
  const [failure, more] = failuresOf(await project('- section: backend web', odd));
  assert.equal(more, undefined);
  assert.match(failure?.message ?? '', /^configmaps\/lb\/services odd.*\[service-/);
  const code = /\[([a-z-]+)\]$/.exec(failure?.message ?? '')?.[1] ?? '';
  assert.deepEqual(failuresOf(await project(`- diagnostic: ${code}`, odd)), []);
  const [none] = failuresOf(await project(`- diagnostic: ${code}`));
  assert.match(none?.message ?? '', /^there is no diagnostic service-/);
});

test('a template that fails can be what a test expects; all else is not delivered then', async () => {
  const objects = `  objects:
  - {apiVersion: v1, kind: ConfigMap, metadata: {name: config, namespace: lb}, data: {template: "{{ servces[0] }}"}}
`;
  const expected = '- diagnostic: template-undefined\n  message: servces';
  assert.deepEqual(failuresOf(await project(expected, objects)), []);
  const [, second] = failuresOf(await project('- haproxyCheck: passes', objects));
  assert.equal(second?.message, 'nothing is delivered');
});

const FAULTS: readonly (readonly [reason: string, text: string, said: RegExp])[] = [
  ['is not YAML', 'tests: [', /^1:\d+ tests-yaml it is not YAML: .+ \| See docs\/testing\.md/],
  [
    'has no tests',
    'test: []',
    /^1:1 test-invalid test is unknown here \| Known are tests, manifests/,
  ],
  ['has none in its list', 'tests: []', /^1:1 test-invalid tests is not a list, or is empty/],
  [
    'has a test without a name',
    'tests:\n- expect: [{section: a}]',
    /^2:3 test-invalid the test has no name/,
  ],
  [
    'has a test that expects nothing',
    'tests:\n- name: a',
    /^2:3 test-invalid the test expects nothing/,
  ],
  [
    'expects something that is not known',
    'tests:\n- name: a\n  expect:\n  - sectoin: a',
    /^4:5 test-invalid the expectation has no subject \| Begin it with one of section, file, map/,
  ],
  [
    'says of a subject what cannot be said of it',
    'tests:\n- name: a\n  expect:\n  - map: a\n    key: b\n    has: [c]',
    /^6:5 test-invalid has is unknown here \| Known are map, key, value, absent/,
  ],
  [
    'has an expression that is none',
    'tests:\n- name: a\n  expect:\n  - section: a\n    has: [{matches: "("}]',
    /^5:12 test-invalid Invalid regular expression/,
  ],
  [
    'has a number where a text is wanted',
    'tests:\n- name: a\n  params: {zone: 1}\n  expect: [{section: a}]',
    /^3:12 test-invalid zone is not text: 1 \| Put it in quotes\./,
  ],
  [
    'has a line that says nothing',
    'tests:\n- name: a\n  expect:\n  - section: a\n    has: ["# b"]',
    /^5:11 test-invalid the line says nothing/,
  ],
];

test('what is wrong with a tests.yaml is told with its place, and it is not run', async (t) => {
  const from = await folder();
  for (const [i, [, text]] of FAULTS.entries()) {
    await mkdir(join(from, `${10 + i}`));
    await writeFile(join(from, `${10 + i}`, 'tests.yaml'), text);
  }
  const { files, invalid } = told(from);
  assert.equal(invalid, FAULTS.length);
  for (const [i, [reason, , said]] of FAULTS.entries())
    await t.test(`it ${reason}`, () => {
      const { tests, problems = [] } = files[i] ?? {};
      assert.deepEqual(tests, []);
      const [{ line, column, code, message, hint } = {} as Fault, more] = problems;
      assert.equal(more, undefined);
      assert.match(`${line}:${column} ${code} ${message} | ${hint}`, said);
    });
  assert.equal(run(from).status, 1);
});

test('all faults of a tests.yaml are told at once', async () => {
  const text =
    'tests:\n- name: 1\n  expect: [{section: a}]\n- name: b\n  expect: [{x: a}, {file: 2}]\n';
  const from = await project('');
  await writeFile(join(from, 'tests', 'tests.yaml'), text);
  const places = told(from).files[0]?.problems.map(({ line, column }) => `${line}:${column}`);
  assert.deepEqual(places, ['5:12', '5:21', '2:3'].sort());
});

test('manifests that are not there fail the test, and no other', async () => {
  const from = await project('- section: backend web', '  manifests: [../none]\n');
  const [failure] = failuresOf(from);
  assert.equal(failure?.code, 'manifest-missing');
  assert.match(failure.message, /ENOENT.*none/);
});

test('it is shown as node --test shows it, and exits with 1 where a test fails', async () => {
  const good = run(await project('- section: backend web'));
  assert.equal(good.status, 0, good.stderr);
  assert.match(
    good.stdout,
    /^▶ \S+\/tests\/tests\.yaml\n {2}✔ it \([\d.]+ms\)\nℹ tests 1\nℹ pass 1\nℹ fail 0\nℹ duration_ms \d+\n$/,
  );
  const bad = run(await project('- section: backend x'));
  assert.equal(bad.status, 1);
  assert.match(
    bad.stdout,
    / {2}✖ it \([\d.]+ms\)\n {4}\S+tests\.yaml:4:5: error: there is no backend x \[test-failed\]\n {8} {2}- section: backend x\n/,
  );
});

test('--junit writes the results as JUnit XML, too', async () => {
  const from = await project('- section: "backend <x> & \\"y\\""');
  const file = join(from, 'junit.xml');
  assert.equal(run(from, '--junit', file).status, 1);
  const xml = await readFile(file, 'utf8');
  assert.match(xml, /<testsuite name="\S+tests\.yaml" tests="1" failures="1" errors="0">/);
  assert.match(xml, /<failure type="test-failed" message="there is no backend &lt;x&gt;/);
  assert.equal(
    spawnSync('/usr/bin/python3', [
      '-c',
      'import sys, xml.dom.minidom as m; m.parse(sys.argv[1])',
      file,
    ]).status,
    0,
  );
});

test('without tests there is nothing to pass', async () => {
  const { status, stderr } = run(await folder());
  assert.equal(status, 1);
  assert.match(stderr, /there is no tests\.yaml in .* \[tests-missing\]/);
});

test('render and serve pass folders of tests over', async () => {
  const from = await project('- section: backend web');
  const fixture = configMap('services', { other: WEB });
  await writeFile(join(from, 'tests', 'fixture.json'), JSON.stringify(fixture));
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    [PROGRAMS.service, 'render', '--from', from],
    { encoding: 'utf8', env: { PATH: process.env.PATH } },
  );
  assert.deepEqual([status, stderr], [0, '']);
  assert.match(stdout, /^backend web$/m);
});
