import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { folder } from '../kit/folder.ts';
import { configMap } from '../kit/objects.ts';
import { PROGRAMS } from '../kit/processes.ts';
import { get } from '../kit/request.ts';
import { startServiceProcess } from '../kit/service.ts';
import { until } from '../kit/until.ts';
import { type Data, service, TEMPLATE } from './judged.ts';

/** A service on a folder, and the command beside it. */
async function startFleet(t: TestContext) {
  const [manifests, stateDir] = [await folder(), await folder()];
  const path = join(manifests, 'all.json');
  async function write(services: Data, template = TEMPLATE): Promise<void> {
    const items = [configMap('services', services), configMap('config', { template })];
    await writeFile(`${path}.new`, JSON.stringify({ kind: 'List', items }));
    await rename(`${path}.new`, path);
  }
  await write({ web: service('web') });
  const env = { STATE_DIR: stateDir };
  const { url } = await startServiceProcess(t, { from: manifests, env });
  const config = async () => (await get(Number(new URL(url).port), '/haproxy.cfg')).text;
  const rollout = (...words: string[]) => {
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      [PROGRAMS.service, 'rollout', ...words, '--from', manifests, '--listen', new URL(url).host],
      { encoding: 'utf8', env: { ...env, PATH: process.env.PATH } },
    );
    return { status, stdout, stderr };
  };
  await until('it serves', async () => (await config()).includes('backend web'));
  return { write, config, rollout };
}

const rowsOf = ({ stdout }: { stdout: string }) =>
  JSON.parse(stdout) as { revision: number; state: string; changed: string }[];

test('history tells what changed, diff shows it, undo goes back, resume lets the ConfigMaps count again', async (t) => {
  const { write, config, rollout } = await startFleet(t);
  await write({ web: service('web'), wrong: service('wrong') });
  await until('the change is served', async () => (await config()).includes('backend wrong'));
  const rows = await until('it is kept', () => {
    const found = rowsOf(rollout('history', '-o', 'json'));
    return found.at(-1)?.state === 'stable' && found.length === 2 ? found : undefined;
  });
  assert.deepEqual(
    rows.map(({ revision, state, changed }) => [revision, state, changed]),
    [
      [1, '', 'first that is kept'],
      [2, 'stable', 'services +wrong'],
    ],
  );
  assert.match(
    rollout('history').stdout,
    /^REVISION {2}HASH +AGE +STATE +BY +CHANGED +HELD BACK\n1 /,
  );

  const written = rollout('diff', '1', '2');
  assert.equal(written.status, 1);
  assert.match(written.stdout, /^\+\+\+ .*services\/wrong$[\s\S]*^\+ {2}"port": 8080$/m);
  const rendered = rollout('diff', '1', '2', '--rendered');
  assert.match(rendered.stdout, /^\+backend wrong$/m);
  assert.equal(rollout('diff', '2', '2').status, 0);

  const undone = rollout('undo');
  const { status, stdout } = rollout('status', '--watch');
  assert.equal(status, 3);
  assert.match(
    stdout,
    /pinned: all proxies run revision [0-9a-f]{12}, and not the newest ConfigMaps/,
  );
  assert.match(undone.stdout, /^revision 1 \([0-9a-f]{12}\) is pinned; rollout resume/);
  await until('it is back', async () => !(await config()).includes('wrong'));
  assert.equal(rowsOf(rollout('history', '-o', 'json'))[0]?.state, 'pinned');
  rollout('resume');
  await until('the newest counts', async () => (await config()).includes('backend wrong'));
  rollout('undo', '--to-revision', '1');
  await until('it is back again', async () => !(await config()).includes('wrong'));
});

test('pause takes no newer intent', async (t) => {
  const { write, config, rollout } = await startFleet(t);
  await until('it is kept', () => rowsOf(rollout('history', '-o', 'json')).length === 1);
  assert.equal(rollout('pause').status, 0);
  const still = rollout('status', '--watch');
  assert.equal(still.status, 0, 'the newest is what the fleet is held to');
  await write({ web: service('web'), later: service('later') });
  await until('a newer one waits', () => rollout('status').status === 3);
  const paused = rollout('status', '--watch');
  assert.deepEqual([paused.status, paused.stdout.split('\n').at(-2)?.split(':')[0]], [3, 'paused']);
  assert.equal(rollout('resume').status, 0);
  assert.equal(rollout('status', '--watch').status, 0);
  await until('it goes on', async () => (await config()).includes('backend later'));
});

test('status ends with 0 when the fleet has converged, and with 1 where a part is held back', async (t) => {
  const { write, rollout } = await startFleet(t);
  await until('it has', () => rollout('status').status === 0);
  assert.match(rollout('status', '--watch').stdout, /^REPLICA +PROXIES[\s\S]*\nconverged\n$/);
  await write({ web: '{' });
  await until('it is held back', () => rollout('status').stdout.endsWith('held back\n'));
  assert.equal(rollout('status', '--watch').status, 1);
});

test('what cannot be done is said, with what can', async (t) => {
  const { rollout } = await startFleet(t);
  for (const [words, said] of [
    [['undo', '--to-revision', '9'], /there is no revision 9 \[revision-unknown\]/],
    [['undo'], /there is no earlier revision to go back to/],
    [['diff', 'beef', '1'], /there is no revision beef/],
  ] as const) {
    const { status, stderr } = rollout(...words);
    assert.equal(status, 1);
    assert.match(stderr, said);
  }
  const { status, stderr } = rollout('frobnicate');
  assert.equal(status, 2);
  assert.match(
    stderr,
    /^rollout: there is no rollout frobnicate\nusage: kubernetes-haproxy COMMAND .*\n\n {2}rollout history/,
  );
  const nobody = rollout('status', '--metrics-listen', '127.0.0.1:1');
  assert.equal(nobody.status, 1);
  assert.match(nobody.stderr, /^http:\/\/127\.0\.0\.1:1\/metrics does not answer: .*\n.*start it/);
});
