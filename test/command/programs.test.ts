import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { PROGRAMS } from '../kit/processes.ts';

const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };

function run(program: string, ...args: string[]) {
  const env = { PATH: process.env.PATH, LOG_FORMAT: 'none' };
  const { stdout, stderr, status } = spawnSync(process.execPath, [program, ...args], {
    encoding: 'utf8',
    env,
  });
  return { stdout, stderr, status };
}

for (const [name, program] of [
  ['kubernetes-haproxy', PROGRAMS.service],
  ['haproxy-reloader', PROGRAMS.reloader],
] as const) {
  test(`${name} --version tells the version, whatever the environment`, () => {
    const told = { stdout: `${name} ${version}\n`, stderr: '', status: 0 };
    assert.deepEqual(run(program, '--version'), told);
  });

  test(`${name} --help fits 100 columns, and names no value just VALUE`, () => {
    const { stdout, stderr, status } = run(program, '--help');
    assert.deepEqual([stderr, status], ['', 0]);
    assert.deepEqual(
      stdout.split('\n').filter((line) => line.length > 100),
      [],
    );
    assert.match(stdout, /--listen HOST:PORT/);
    assert.match(stdout, /--log-format auto\|text\|json\n {6}LOG_FORMAT: /);
    assert.ok(!/ VALUE$/m.test(stdout));
  });
}
