import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';

const DEMO = join(import.meta.dirname, '..', 'demo', 'demo.js');

test('the demo shows each change, and loses no request', () => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [DEMO], { encoding: 'utf8' });
  assert.equal(status, 0, stdout + stderr);
  assert.match(stdout, /after: .* -> {2}shop-1 \| shop-2 \| shop-3\n/);
  assert.match(stdout, /after: .* -> {2}shop-2 \| shop-3\n/);
  assert.match(stdout, /after: .* -> {2}blog-1\n/);
  assert.match(stdout, /unknown tag 'endfro'/);
  assert.match(stdout, /requests sent, 0 lost/);
});

test('the demo of a rollout shows a good revision on all six, and a bad one that is halted within a minute', () => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [DEMO, 'rollout'], {
    encoding: 'utf8',
  });
  assert.equal(status, 0, stdout + stderr);
  assert.match(stdout, /step 1 of 3 \(1\), 1 of 1 proxies run it\n/);
  assert.match(stdout, /converged\n/);
  assert.match(stdout, /halted: revision [0-9a-f]+ in step 1, .*answers of 500 and above/);
  const seconds = Number(/(\d+) s from the edit until all are back/.exec(stdout)?.[1]);
  assert.ok(seconds < 60, `${seconds} s`);
  assert.match(stdout, /seen by the clients of 1 of 6\n/);
});
