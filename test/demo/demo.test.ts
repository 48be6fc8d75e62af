import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';

test('the demo shows each change, and loses no request', () => {
  const demo = join(import.meta.dirname, 'demo.js');
  const { status, stdout, stderr } = spawnSync(process.execPath, [demo], { encoding: 'utf8' });
  assert.equal(status, 0, stdout + stderr);
  assert.match(stdout, /after: .* -> {2}shop-1 \| shop-2 \| shop-3\n/);
  assert.match(stdout, /after: .* -> {2}shop-2 \| shop-3\n/);
  assert.match(stdout, /after: .* -> {2}blog-1\n/);
  assert.match(stdout, /unknown tag 'endfro'/);
  assert.match(stdout, /requests sent, 0 lost/);
});
