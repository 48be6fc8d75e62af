import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { FILE_CODES, SERVER_CODES } from '../../reloader/audit/difference.ts';
import { createStatus, formatMetrics } from '../../reloader/status.ts';
import { folder } from '../kit/folder.ts';
import { oneOf } from '../kit/full-size.ts';
import { HAPROXY, killHaproxy } from '../kit/haproxy.ts';
import { freePort } from '../kit/port.ts';
import { until } from '../kit/until.ts';
import { readCommands, readPipelines } from './commands.ts';

/** What a pipeline runs before it is ready to: where it runs is made so by other means here. */
const SETUP = /^(?:sudo )?apt-get update && |^npm install --global kubernetes-haproxy@1$/;

const root = join(import.meta.dirname, '..', '..', '..');
const read = (page: string) => readFileSync(join(root, page), 'utf8');
const manifest = JSON.parse(read('package.json')) as {
  bin: Record<string, string>;
  scripts: Record<string, string>;
};

/** The ports that the pages name. */
const PORTS = ['8000', '8080', '8081', '9000'] as const;

/** A place where a reader of the pages could be: the two commands on the PATH, the examples, ports that are free. */
async function reader() {
  const home = await folder();
  const ports = new Map<string, number>();
  for (const port of PORTS) ports.set(port, await freePort());
  const state = join(home, 'state');
  mkdirSync(join(home, 'bin'));
  cpSync(join(root, 'examples'), join(home, 'examples'), { recursive: true });
  for (const [name, file] of Object.entries(manifest.bin)) {
    const port = ports.get(name === 'haproxy-reloader' ? '8081' : '8080');
    const script = `#!/bin/sh\nLISTEN=127.0.0.1:${port} exec '${process.execPath}' '${join(root, file)}' "$@"\n`;
    writeFileSync(join(home, 'bin', name), script);
    chmodSync(join(home, 'bin', name), 0o755);
  }
  const env = {
    PATH: `${join(home, 'bin')}:${process.env.PATH}`,
    HAPROXY,
    STATISTICS_PASSWORD: 'example',
  };
  const localise = (text: string) =>
    text
      .replaceAll('/tmp/haproxy-fleet', state)
      .replace(/\b(8000|8080|8081|9000)\b/g, (port) => String(ports.get(port)));
  return { home, env, localise, state };
}

/** Runs a page's commands in order, as a reader would. */
async function follow(t: TestContext, page: string) {
  const { home, env, localise, state } = await reader();
  const running: ChildProcess[] = [];
  t.after(async () => {
    for (const child of running.reverse()) {
      if (child.exitCode !== null || child.pid === undefined) continue;
      process.kill(-child.pid, 'SIGTERM');
      await once(child, 'exit');
    }
    await killHaproxy(join(state, 'master.sock'));
  });
  for (const { place, text, line } of [...readCommands(read(page)), ...readPipelines(read(page))]) {
    if (SETUP.test(text)) continue;
    const shell = ['-eu', '-o', 'pipefail', '-c', localise(text)];
    const options = { cwd: home, env } as const;
    if (place === 'background')
      running.push(spawn('bash', shell, { ...options, detached: true, stdio: 'ignore' }));
    if (place !== 'here') continue;
    await t.test(`${page}, line ${line}`, async () => {
      // What was started in the background may not be there yet.
      await until(`the commands of line ${line} succeed`, () => {
        const { status, stderr } = spawnSync('bash', shell, { ...options, encoding: 'utf8' });
        if (status !== 0) throw new Error(stderr);
        return true;
      });
    });
  }
}

const FOLLOWED = [
  'README.md',
  'examples/README.md',
  'examples/gateway/README.md',
  'examples/ingress/README.md',
  'docs/reloader.md',
  'docs/testing.md',
];
for (const page of oneOf(2, FOLLOWED)) test(`the commands of ${page} work`, (t) => follow(t, page));

for (const page of [
  ...FOLLOWED,
  'CONTRIBUTING.md',
  'docs/releases.md',
  'CHANGELOG.md',
  'SECURITY.md',
]) {
  test(`${page} names scripts that there are`, () => {
    const named = [...read(page).matchAll(/npm (?:run )?([a-z:]+)/g)].map(([, name = '']) => name);
    const own = named.filter((name) => !['install', 'ci', 'pack'].includes(name));
    for (const name of own) assert.ok(name in manifest.scripts, name);
  });

  test(`${page} links to what there is`, () => {
    const links = [...read(page).matchAll(/\]\((?!https?:)([^)#]+)/g)].map(([, to = '']) => to);
    for (const link of links) assert.ok(existsSync(join(root, dirname(page), link)), link);
  });
}

test('README.md names settings that there are', () => {
  const [, table = ''] = read('README.md').split('| setting | of | for |\n|---|---|---|\n');
  const rows = table.slice(0, table.indexOf('\n\n')).split('\n');
  const help = Object.fromEntries(
    Object.entries(manifest.bin).map(([name, file]) => {
      const { stdout } = spawnSync(process.execPath, [join(root, file), '--help'], {
        encoding: 'utf8',
      });
      return [name === 'haproxy-reloader' ? 'reloader' : 'service', stdout];
    }),
  );
  for (const row of rows) {
    const [, names = '', of = ''] = row.split('|').map((cell) => cell.trim());
    for (const command of of.split(', '))
      for (const name of names.split(', '))
        assert.match(help[command] ?? '', new RegExp(`^ +${name}: `, 'm'));
  }
});

test('docs/reloader.md names the metrics that there are', () => {
  const [, table = ''] = read('docs/reloader.md').split(
    '`haproxy_reloader_` | meaning |\n|---|---|\n',
  );
  const names = table.slice(0, table.indexOf('\n\n')).match(/(?<=`)[a-z_]+(?=\{|`)/g) ?? [];
  const metrics = formatMetrics(createStatus('child'));
  for (const name of names.filter((each) => each.includes('_') || each === 'ready'))
    assert.match(metrics, new RegExp(`^# TYPE haproxy_reloader_${name} `, 'm'));
  assert.ok(names.length > 10, 'the table is read');
});

test('docs/reloader.md names the differences that an audit finds', () => {
  const [, table = ''] = read('docs/reloader.md').split(
    '| code | what | repair |\n|---|---|---|\n',
  );
  const cells = table.slice(0, table.indexOf('\n\n')).split('\n');
  const codes = cells.flatMap((row) => row.split('|')[1]?.match(/[a-z-]+/g) ?? []);
  assert.deepEqual(codes.sort(), [...SERVER_CODES, ...FILE_CODES].sort());
});
