import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { COMMANDS, helpOf, namedBy } from '../../functions/command-table.ts';
import { SETTINGS } from '../../functions/setting-table.ts';
import { PROGRAMS } from '../kit/processes.ts';

const run = (...words: readonly string[]) =>
  spawnSync(process.execPath, [PROGRAMS.service, ...words], { encoding: 'utf8' });

const flagsIn = (help: string): readonly string[] => help.match(/^ {2}--[a-z0-9-]+/gm) ?? [];

test('every setting is of a command, and a command names settings that there are', () => {
  const named = Object.values(COMMANDS).flatMap(({ settings }) => settings);
  assert.deepEqual([...new Set(named)].sort(), Object.keys(SETTINGS).sort());
  for (const [name, { settings }] of Object.entries(COMMANDS))
    assert.equal(new Set(settings).size, settings.length, name);
});

test('--help of a command has its usage, and its flags alone', () => {
  const { stdout, status } = run('rollout', 'undo', '--help');
  assert.equal(status, 0);
  assert.match(
    stdout,
    /^usage: kubernetes-haproxy rollout undo \[--to-revision N\]\n\n {2}serve an ear/,
  );
  assert.equal(stdout.match(/kubernetes-haproxy/g)?.length, 1);
  assert.match(stdout, /^ {2}--to-revision REVISION$/m);
  assert.doesNotMatch(stdout, /--listen|--watch/);
});

test('--help of a word that several commands begin with has all of these', () => {
  const help = helpOf(['rollout']);
  const verbs = [...help.matchAll(/^ {2}rollout (\S+)/gm)].map(([, verb]) => verb);
  assert.ok(verbs.includes('history') && verbs.includes('status'));
  assert.match(help, /--watch\n/);
  assert.doesNotMatch(help, /^ {2}serve/m);
});

for (const name of Object.keys(COMMANDS))
  test(`--help of ${name} fits 100 columns and is less than that of all`, () => {
    const help = helpOf(name.split(' '));
    assert.deepEqual(
      help.split('\n').filter((line) => line.length > 100),
      [],
    );
    const settings = COMMANDS[name]?.settings ?? [];
    assert.equal(flagsIn(help).length, settings.length + 2, 'with --help and --version');
    assert.ok(flagsIn(help).length < flagsIn(helpOf([])).length);
  });

test('a command is known by its words, whatever stands behind them', () => {
  assert.deepEqual(namedBy(['rollout', 'diff', '7', '8']), ['rollout diff']);
  assert.deepEqual(namedBy(['diff', '7', '8']), ['diff']);
  assert.deepEqual(namedBy(['dance']), []);
});
