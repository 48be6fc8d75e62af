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

test('what is wrong with the words of a command is said before its usage', () => {
  const cases: readonly (readonly [string, RegExp])[] = [
    ['rendr', /^there is no command rendr\nusage: /],
    ['render extra', /^render: extra is one word too many\nusage: kubernetes-haproxy render\n/],
    ['diff a', /^diff: a word is missing\nusage: kubernetes-haproxy diff A B/],
    ['rollout', /^rollout: a word is missing\nusage: /],
    ['rollout undoo', /^rollout: there is no rollout undoo\nusage: /],
    ['convert traefik', /^convert: there is no controller traefik\nusage: /],
    ['completion tcsh', /^completion: there is no shell tcsh\nusage: /],
    ['serve --lissten x', /^there is no flag --lissten\nSee --help\.\n$/],
  ];
  for (const [words, expected] of cases) {
    const args = [PROGRAMS.service, ...words.split(' ')];
    const { stderr, status } = spawnSync(process.execPath, args, { encoding: 'utf8' });
    assert.match(stderr, expected);
    assert.equal(status, 2, words);
  }
});
