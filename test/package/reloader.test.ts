import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { copyFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { folder } from '../kit/folder.ts';
import { PROGRAMS } from '../kit/processes.ts';

const MOST_KIB = 300;

test(`the reloader is one file of at most ${MOST_KIB} KiB`, () => {
  const kib = statSync(PROGRAMS.reloader).size / 1024;
  assert.ok(kib <= MOST_KIB, `it is of ${kib.toFixed(1)} KiB`);
});

test('it needs nothing beside it but Node.js', async () => {
  const alone = join(await folder(), 'reloader.mjs');
  copyFileSync(PROGRAMS.reloader, alone);
  const { stdout, stderr } = spawnSync(process.execPath, [alone, '--version'], {
    encoding: 'utf8',
  });
  assert.match(stdout, /^haproxy-reloader \d/, stderr);
});

test('a stack names the sources, where it is asked to', () => {
  // No settings: a stack of its own is had by breaking what it stands on.
  const { stderr } = spawnSync(
    process.execPath,
    [
      '--enable-source-maps',
      '--import',
      'data:text/javascript,process.stderr.write = () => { throw new Error("broken") }',
      PROGRAMS.reloader,
      '--no-such-setting',
    ],
    { encoding: 'utf8' },
  );
  assert.match(stderr, /Error: broken[\s\S]*reloader\/main\.ts:\d+/);
});
