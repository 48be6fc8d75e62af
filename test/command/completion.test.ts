import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { completionOf } from '../../functions/command/completion.ts';
import { COMMANDS, SHELLS } from '../../functions/command-table.ts';
import { SETTINGS } from '../../functions/setting-table.ts';
import { flagName } from '../../functions/wire/settings.ts';
import { folder } from '../kit/folder.ts';
import { PROGRAMS } from '../kit/processes.ts';

const isThere = (shell: string) => spawnSync(shell, ['-c', 'exit 0']).status === 0;

/** What a shell offers where the last word is completed. */
type Complete = (...words: readonly string[]) => Promise<readonly string[]>;

async function scriptIn(home: string, shell: string): Promise<string> {
  const path = join(home, `_${shell}`);
  writeFileSync(path, completionOf(shell) ?? '');
  writeFileSync(join(home, 'some-file.yaml'), '');
  return path;
}

function offered(shell: string, args: readonly string[], cwd: string): readonly string[] {
  const { stdout, stderr, status } = spawnSync(shell, args, { cwd, encoding: 'utf8' });
  assert.deepEqual([status, stderr], [0, '']);
  return stdout.split('\n').filter(Boolean);
}

const COMPLETE: Readonly<Record<string, Complete>> = {
  async bash(...words) {
    const home = await folder();
    const script = await scriptIn(home, 'bash');
    const program = `source "$1"; shift
      COMP_WORDS=(kubernetes-haproxy "$@") COMP_CWORD=$#
      _kubernetes_haproxy
      printf '%s\\n' "\${COMPREPLY[@]}"`;
    // Bash reads its profile where its input is a socket: it takes that for a remote shell.
    return offered('bash', ['--norc', '-euc', program, 'bash', script, ...words], home);
  },
  async zsh(...words) {
    const home = await folder();
    const script = await scriptIn(home, 'zsh');
    // Outside of the line editor what completion offers is caught where it is handed over.
    const program = `compdef() { :; }
      _files() { print -l *; }
      _describe() { local each; for each in "\${(@P)2}"; do print -r -- "\${each%%:*}"; done; }
      source "$1"; shift
      words=(kubernetes-haproxy "$@") CURRENT=$(($# + 1))
      _kubernetes_haproxy`;
    const all = offered('zsh', ['-fc', program, 'zsh', script, ...words], home);
    return all.filter((word) => word.startsWith(words.at(-1) ?? ''));
  },
  async fish(...words) {
    const home = await folder();
    const script = await scriptIn(home, 'fish');
    const line = ['kubernetes-haproxy', ...words].join(' ');
    const program = `source $argv[1]; complete -C $argv[2]`;
    const env = ['-N', '-c', program, script, line];
    return offered('fish', env, home).map((word) => word.split('\t')[0] ?? '');
  },
};

const EXPECTED: readonly (readonly [reason: string, words: string[], offers: string[]])[] = [
  ['commands', ['re'], ['render']],
  ['verbs of a command', ['rollout', 'un'], ['undo']],
  ['shells', ['completion', 'z'], ['zsh']],
  ['flags of the command', ['render', '--ch'], ['--check']],
  ['flags of the verb', ['rollout', 'undo', '--to'], ['--to-revision']],
  ['nothing that the command has not', ['rbac', '--ch'], []],
  ['behind a flag and its value', ['--namespace', 'a', 'rollout', 'hist'], ['history']],
  ['values that a flag can have', ['serve', '--auth', 'to'], ['token']],
  ['the short form of a flag', ['status', '-o', 'js'], ['json']],
  ['files', ['render', '--from', 'some'], ['some-file.yaml']],
];

for (const [shell, complete] of Object.entries(COMPLETE))
  if (isThere(shell))
    for (const [reason, words, offers] of EXPECTED)
      test(`${shell} completes ${reason}`, async () => {
        assert.deepEqual(await complete(...words), offers);
      });

for (const shell of SHELLS)
  test(`what ${shell} reads has every command and flag`, () => {
    const script = completionOf(shell) ?? '';
    for (const name of Object.keys(COMMANDS).flatMap((each) => each.split(' ')))
      assert.ok(script.includes(name), name);
    for (const setting of Object.values(SETTINGS))
      assert.ok(script.includes(flagName(setting)), flagName(setting));
  });

test('completion prints the script of a shell, and its usage for one that is not known', () => {
  const run = (...words: string[]) =>
    spawnSync(process.execPath, [PROGRAMS.service, 'completion', ...words], { encoding: 'utf8' });
  assert.equal(run('bash').stdout, completionOf('bash'));
  const { status, stderr } = run('tcsh');
  assert.equal(status, 2);
  assert.match(stderr, /^completion: .*\nusage: kubernetes-haproxy completion bash\|zsh\|fish/);
});
