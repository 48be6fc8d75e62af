import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { folder } from '../kit/folder.ts';
import { until } from '../kit/until.ts';

const root = join(import.meta.dirname, '..', '..', '..');

/** The Node.js that is to run it: `sh test/fetch-node.sh` has newer ones. */
const NODE = process.env.NODE_BINARY || process.execPath;
const TSC = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
const STRICT = [
  '--noEmit',
  '--strict',
  '--target',
  'es2023',
  '--module',
  'nodenext',
  '--types',
  '',
];

const IMPORTS = `
  import { readFileSync } from 'node:fs';
  import { renderManifests } from 'kubernetes-haproxy';
  import { compile } from 'kubernetes-haproxy/template';
`;
const REQUIRES = `
  const { readFileSync } = require('node:fs');
  const { renderManifests } = require('kubernetes-haproxy');
  const { compile } = require('kubernetes-haproxy/template');
`;
const PROGRAM = `
  const texts = ['config', 'pods', 'services'].map((name) => ({
    origin: name, text: readFileSync('basic/' + name + '.yaml', 'utf8'),
  }));
  const { kind } = renderManifests({
    texts,
    settings: { namespace: 'lb', dialect: 'jinja2', env: {}, statisticsPassword: 'x' },
    variant: { sslDir: '/ssl', filesDir: '/files', params: {} },
  });
  console.log(kind, compile('{{ "%05.1f"|format(1.25) }}').render({}));
`;
const TYPED = `
  import { type Diagnostic, renderManifests } from 'kubernetes-haproxy';
  import { compile, TemplateError } from 'kubernetes-haproxy/template';
  const result = renderManifests({
    texts: [],
    settings: { namespace: 'lb', dialect: 'jinja2', env: {}, statisticsPassword: 'x' },
    variant: { sslDir: '/ssl', filesDir: '/files', params: {} },
  });
  export const told: readonly Diagnostic[] = result.diagnostics;
  export const etag: string = result.kind === 'rendered' ? result.bundle.etag : '';
  export const text: string = compile('').render({});
  export const isOurs = (error: unknown): boolean => error instanceof TemplateError;
`;

interface Sbom {
  readonly metadata: { readonly component: { readonly name: string } };
  readonly components: readonly { readonly name: string; readonly hashes?: readonly unknown[] }[];
}

interface PackedFile {
  readonly path: string;
}

/** Tests start processes without the certificates that a registry may need: each start would read all of them. */
const { REGISTRY_CA } = process.env;
const NPM_ENV = { ...process.env, ...(REGISTRY_CA && { NODE_EXTRA_CA_CERTS: REGISTRY_CA }) };

/** Packs the product and installs it alone in an empty folder, without development dependencies. */
async function install() {
  const home = await folder();
  execFileSync('npm', ['run', '--silent', 'sbom'], { cwd: root });
  const packed = execFileSync(
    'npm',
    ['pack', '--json', '--ignore-scripts', '--pack-destination', home],
    { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] },
  );
  const [{ filename, files }] = JSON.parse(packed) as [
    { filename: string; files: readonly PackedFile[] },
  ];
  writeFileSync(join(home, 'package.json'), '{"name": "stranger", "private": true}');
  execFileSync(
    'npm',
    ['install', '--omit=dev', '--no-audit', '--no-fund', '--prefer-offline', join(home, filename)],
    { cwd: home, stdio: 'pipe', env: NPM_ENV },
  );
  return { home, files: files.map(({ path }) => path) };
}

test('the package works when installed alone', async (t) => {
  const { home, files } = await install();
  const command = (name: string) => join(home, 'node_modules', '.bin', name);
  const run = (name: string, ...args: readonly string[]) =>
    spawnSync(NODE, [command(name), ...args], { cwd: home, encoding: 'utf8', timeout: 20_000 });

  await t.test('it holds the product, and nothing of the tests', () => {
    const strays = files.filter(
      (path) =>
        !/^(dist\/functions|examples|docs)\/|^([A-Z]+\.md|LICENSE|package\.json)$/.test(path),
    );
    const reloader = 'dist/reloader/haproxy-reloader.js';
    const sboms = ['dist/reloader/sbom.cdx.json', 'dist/sbom.cdx.json'];
    assert.deepEqual(strays, [reloader, `${reloader}.map`, ...sboms]);
    const tests = files.filter((path) => /\.test\.|\btest\/kit\b|\.tsbuildinfo$/.test(path));
    assert.deepEqual(tests, []);
  });

  await t.test('it brings no development dependency', () => {
    const installed = readdirSync(join(home, 'node_modules'));
    const { devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
    const strays = Object.keys(devDependencies).filter((name) => installed.includes(name));
    assert.deepEqual(strays, []);
  });

  await t.test('its SBOM has what is installed with it, and is the same each time', () => {
    const path = join(home, 'node_modules', 'kubernetes-haproxy', 'dist', 'sbom.cdx.json');
    const text = readFileSync(path, 'utf8');
    const { components, metadata } = JSON.parse(text) as Sbom;
    const installed = JSON.parse(
      readFileSync(join(home, 'node_modules', '.package-lock.json'), 'utf8'),
    ) as { packages: Record<string, { version: string }> };
    const names = Object.keys(installed.packages).map((name) => name.replace('node_modules/', ''));
    const told = new Set(components.map(({ name }) => name));
    assert.deepEqual(
      names.filter((name) => !told.has(name)),
      ['kubernetes-haproxy'],
    );
    assert.equal(metadata.component.name, 'kubernetes-haproxy');
    assert.ok(components.every(({ hashes }) => hashes?.length));
    execFileSync('npm', ['run', '--silent', 'sbom'], { cwd: root });
    assert.equal(readFileSync(join(root, 'dist', 'sbom.cdx.json'), 'utf8'), text);
  });

  await t.test('the SBOM of the reloader has what is in its file', () => {
    const sbom = readFileSync(join(root, 'dist', 'reloader', 'sbom.cdx.json'), 'utf8');
    const { components, metadata } = JSON.parse(sbom) as Sbom;
    assert.deepEqual(
      components.map(({ name }) => name),
      ['node-cron', 'undici'],
    );
    assert.equal(metadata.component.name, 'haproxy-reloader');
  });

  for (const name of ['kubernetes-haproxy', 'haproxy-reloader'])
    await t.test(`${name} --help tells its settings`, () => {
      const { status, stdout, stderr } = run(name, '--help');
      assert.equal(status, 0, stderr);
      assert.match(stdout, /--listen HOST:PORT/);
    });

  await t.test('kubernetes-haproxy render gives what the example shall give', () => {
    const example = join(home, 'node_modules', 'kubernetes-haproxy', 'examples', 'basic');
    const { status, stdout, stderr } = run('kubernetes-haproxy', 'render', '--from', example);
    assert.equal(status, 0, stderr);
    assert.equal(stdout, readFileSync(join(example, 'golden', 'haproxy.cfg'), 'utf8'));
  });

  await t.test('kubernetes-haproxy serve serves the embedded example', async () => {
    const child = spawn(NODE, [command('kubernetes-haproxy'), 'serve', '--listen', '127.0.0.1:0'], {
      cwd: home,
    });
    let output = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
    try {
      const config = await until('it serves the configuration', async () => {
        const url = /"listens":"([^"]+)"/.exec(output)?.[1];
        if (url === undefined) return undefined;
        const answer = await fetch(`${url}/haproxy.cfg`);
        return answer.ok ? answer.text() : undefined;
      });
      assert.match(config, /^backend SERVICE_SHOP$/m);
    } finally {
      child.kill('SIGTERM');
      await once(child, 'exit');
    }
    assert.equal(child.exitCode, 0, output);
  });

  for (const [kind, extension] of [
    ['an ES module', 'mjs'],
    ['a CommonJS module', 'cjs'],
  ] as const)
    await t.test(`${kind} can have it`, () => {
      const program = join(home, `program.${extension}`);
      writeFileSync(program, (extension === 'mjs' ? IMPORTS : REQUIRES) + PROGRAM);
      cpSync(join(root, 'examples', 'basic'), join(home, 'basic'), { recursive: true });
      const { stdout, stderr } = spawnSync(NODE, [program], { cwd: home, encoding: 'utf8' });
      assert.equal(stdout, 'rendered 001.2\n', stderr);
      assert.equal(stderr, '');
    });

  for (const extension of ['mts', 'cts'])
    await t.test(`its types hold in a module ${extension}, checked to the last declaration`, () => {
      const file = join(home, `typed.${extension}`);
      const check = (text: string) => {
        writeFileSync(file, text);
        return spawnSync(process.execPath, [TSC, ...STRICT, file], { cwd: home, encoding: 'utf8' });
      };
      const { stdout } = check(TYPED);
      assert.equal(stdout, '');
      const wrong = check(TYPED.replace("dialect: 'jinja2'", "dialect: 'jinja4'"));
      assert.match(wrong.stdout, /'"jinja4"' is not assignable/);
    });
});
