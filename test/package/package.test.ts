import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { folder } from '../kit/folder.ts';
import { until } from '../kit/until.ts';

const root = join(import.meta.dirname, '..', '..', '..');

interface PackedFile {
  readonly path: string;
}

/** Packs the product and installs it alone in an empty folder, without development dependencies. */
async function install() {
  const home = await folder();
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
    { cwd: home, stdio: 'pipe' },
  );
  return { home, files: files.map(({ path }) => path) };
}

test('the package works when installed alone', async (t) => {
  const { home, files } = await install();
  const command = (name: string) => join(home, 'node_modules', '.bin', name);
  const run = (name: string, ...args: readonly string[]) =>
    spawnSync(command(name), args, { cwd: home, encoding: 'utf8', timeout: 20_000 });

  await t.test('it holds the product, and nothing of the tests', () => {
    const strays = files.filter(
      (path) =>
        !/^(dist\/functions|examples|docs)\/|^(README\.md|LICENSE|package\.json)$/.test(path),
    );
    const reloader = 'dist/reloader/haproxy-reloader.js';
    assert.deepEqual(strays, [reloader, `${reloader}.map`]);
  });

  await t.test('it brings no development dependency', () => {
    const installed = readdirSync(join(home, 'node_modules'));
    const { devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
    const strays = Object.keys(devDependencies).filter((name) => installed.includes(name));
    assert.deepEqual(strays, []);
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
    const child = spawn(command('kubernetes-haproxy'), ['serve', '--listen', '127.0.0.1:0'], {
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

  await t.test('it can be imported', () => {
    cpSync(join(root, 'examples', 'basic'), join(home, 'basic'), { recursive: true });
    const program = `
      import { readFileSync } from 'node:fs';
      import { renderManifests } from 'kubernetes-haproxy';
      import { compile } from 'kubernetes-haproxy/template';
      const texts = ['config', 'pods', 'services'].map((name) => ({
        origin: name, text: readFileSync('basic/' + name + '.yaml', 'utf8'),
      }));
      const { kind } = renderManifests({
        texts,
        settings: { namespace: 'lb', dialect: 'jinja2', env: {}, statisticsPassword: 'x' },
        variant: { sslDir: '/ssl', filesDir: '/files', params: {} },
      });
      console.log(kind, compile('{{ "%05.1f"|format(1.25) }}').render({}));`;
    const { stdout, stderr } = spawnSync(
      process.execPath,
      ['--input-type=module', '--eval', program],
      { cwd: home, encoding: 'utf8' },
    );
    assert.equal(stdout, 'rendered 001.2\n', stderr);
  });
});
