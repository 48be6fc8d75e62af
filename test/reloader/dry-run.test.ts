import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { folder } from '../kit/folder.ts';
import { HAPROXY } from '../kit/haproxy.ts';
import { PROGRAMS } from '../kit/processes.ts';

const run = async (...args: string[]) => {
  const flags = [`--haproxy=${HAPROXY}`, '--state-dir=/state'];
  return promisify(execFile)(process.execPath, [PROGRAMS.reloader, '--plan', ...args, ...flags]);
};

const config = (timeout: number, server: string) =>
  `defaults\n  timeout client ${timeout}s\nbackend b\n  server keep 10.0.0.9:80\n  server ${server}\n`;

test('--plan prints what a change would take', async () => {
  const home = await folder();
  const file = async (name: string, text: string) => {
    await writeFile(join(home, name), text);
    return join(home, name);
  };
  const old = await file('old.cfg', config(5, 'a 10.0.0.1:80'));
  const next = await file('next.cfg', config(5, 'b 10.0.0.2:80'));
  const other = await file('other.cfg', config(6, 'a 10.0.0.1:80'));
  const staged = `${config(5, 'a 10.0.0.1:80')}\nglobal\n  set-var proc.cfg_hash str(sha256:${'0'.repeat(64)})\n`;
  await mkdir(join(home, 'release', 'files'), { recursive: true });
  await file('release/haproxy.cfg', staged);
  assert.equal(
    (await run(old, next)).stdout,
    'runtime\ndisable-server b/a\nadd-server b/b 10.0.0.2:80\ndelete-server b/a\n',
  );
  assert.match((await run(old, other)).stdout, /^reload: defaults differs: timeout \(line 2\)\n$/);
  assert.equal((await run(old, join(home, 'release'))).stdout, 'nothing\n');
  await assert.rejects(run(old), (error: { code: number; stderr: string }) => {
    assert.match(error.stderr, /--plan: expected OLD and NEW/);
    return error.code === 2;
  });
});

test('--plan says what to write otherwise', async () => {
  const home = await folder();
  const file = async (name: string, rule: string, backends: string) => {
    const config = `defaults\n  mode http\nfrontend f\n  bind 127.0.0.1:80\n${rule}${backends}`;
    await writeFile(join(home, name), config);
    return join(home, name);
  };
  const old = await file('old.cfg', '', '');
  const rule = await file('rule.cfg', '  use_backend b if { path /b }\n', 'backend b\n');
  const alone = await file('alone.cfg', '', 'backend b\n');
  assert.match(
    (await run(old, rule)).stdout,
    /^reload: frontend f differs: use_backend \(line 5\)\nhint: .*map\(FILE\)/,
  );
  assert.match((await run(old, alone)).stdout, /^reload: backend b is new.*\nhint: \S/);
});
