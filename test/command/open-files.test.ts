import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { readOpenFiles } from '../../functions/command/open-files.ts';
import { folder } from '../kit/folder.ts';
import { PROGRAMS } from '../kit/processes.ts';
import { until } from '../kit/until.ts';

test('the limit of open files is read where the system tells it', async () => {
  const path = join(await folder(), 'limits');
  assert.equal(readOpenFiles(path), undefined);
  writeFileSync(
    path,
    'Max open files            1024                 4096                 files\n',
  );
  assert.equal(readOpenFiles(path), 1024);
  writeFileSync(
    path,
    'Max open files            unlimited            unlimited            files\n',
  );
  assert.equal(readOpenFiles(path), undefined);
});

test('a service that may open few files says so as it starts', async (t) => {
  const { execPath } = process;
  const args = [PROGRAMS.service, 'serve', '--from', 'examples/basic', '--listen', '127.0.0.1:0'];
  const child = spawn('prlimit', ['--nofile=500:500', execPath, ...args], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  t.after(() => child.kill('SIGKILL'));
  let log = '';
  child.stderr.on('data', (chunk) => {
    log += String(chunk);
  });
  await until('it says so', () => /fewer connections.*"openFiles":500,"connections":300/.test(log));
});
