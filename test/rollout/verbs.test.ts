import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { formatFleet, judgeFleet } from '../../functions/command/rollout/fleet.ts';
import { folder } from '../kit/folder.ts';
import { configMap } from '../kit/objects.ts';
import { PROGRAMS } from '../kit/processes.ts';
import { startServiceProcess } from '../kit/service.ts';
import { until } from '../kit/until.ts';
import { startPollers } from './pollers.ts';

/** A service on a folder with proxies that poll it, and the command beside it. */
async function start(t: TestContext, steps: string, soak = '600') {
  const [manifests, stateDir] = [await folder(), await folder()];
  const path = join(manifests, 'all.json');
  const write = async (template: string) => {
    const items = [configMap('services', {}), configMap('config', { template })];
    await writeFile(`${path}.new`, JSON.stringify({ kind: 'List', items }));
    await rename(`${path}.new`, path);
  };
  await write('# one\n');
  const env = { STATE_DIR: stateDir, ROLLOUT_STEPS: steps, ROLLOUT_SOAK: soak };
  const { url } = await startServiceProcess(t, { from: manifests, env });
  const pollers = startPollers(t, { urls: [url], count: 4 });
  const rollout = (...words: string[]) =>
    spawnSync(
      process.execPath,
      [PROGRAMS.service, 'rollout', ...words, '--from', manifests, '--listen', new URL(url).host],
      { encoding: 'utf8', env: { STATE_DIR: stateDir, PATH: process.env.PATH } },
    );
  await until('all run the first', () => pollers.every(({ revision }) => revision !== ''));
  const first = pollers[0]?.revision as string;
  const moved = () => pollers.filter(({ revision }) => revision !== first).length;
  return { write, pollers, rollout, first, moved };
}

test('status shows the step, restart begins the next one, undo takes all back', async (t) => {
  const { write, rollout, moved } = await start(t, '1,50%,100%');
  await write('# two\n');
  await until('one runs it', () => moved() === 1);
  const shown = await until('the replica has told', () => {
    const { stdout } = rollout('status');
    return stdout.includes('1 of 1 proxies') ? stdout : undefined;
  });
  assert.match(shown, /^revision [0-9a-f]{12}: step 1 of 3 \(1\), 1 of 1 proxies run it$/m);
  assert.match(shown, /^ {2}watched for \d+ s more$/m);
  assert.equal(rollout('status').status, 1);
  assert.match(rollout('history').stdout, / candidate /);
  assert.match(rollout('restart').stdout, /^step 1 ends now/);
  await until('two run it', () => moved() === 2);
  assert.match(rollout('undo').stdout, /is pinned/);
  await until('all are back', () => moved() === 0);
  assert.equal(rollout('resume').status, 0);
  await until('it starts anew', () => moved() === 1);
  for (const step of [2, 3]) {
    rollout('restart');
    await until(`step ${step}`, () => moved() === (step === 2 ? 2 : 4));
  }
  rollout('restart');
  const none = () => rollout('restart').stderr.includes('[no-candidate]');
  await until('it is complete', none);
  assert.match(rollout('history').stdout, / stable /);
});

test('a halt is told with its reason, and resume tries once more', async (t) => {
  const { write, rollout, moved, pollers, first } = await start(t, '1,100%');
  await write('# two\n');
  await until('one runs it', () => moved() === 1);
  const one = pollers.find(({ revision }) => revision !== first) as (typeof pollers)[number];
  one.headers = {
    'X-Refused-Revision': one.revision,
    'X-Refused-Hash': 'sha256:0',
    'X-Refused-Reason': 'haproxy.cfg:1: no',
    'X-Running-Revision': first,
  };
  await until('all are back', () => moved() === 0);
  one.headers = {};
  const { status, stdout } = rollout('status', '--watch');
  assert.equal(status, 1);
  assert.match(stdout, /^halted: revision [0-9a-f]{12} in step 1, at .*haproxy\.cfg:1: no$/m);
  assert.match(rollout('resume').stdout, /is tried once more/);
  await until('one runs it again', () => moved() === 1);
});

test('status without a replica to ask says where it looked', () => {
  const text = formatFleet(judgeFleet([], { isPaused: false }), false);
  assert.match(text, /unknown: the namespace has no ready pod with the label app\.kubernetes\.io/);
});
