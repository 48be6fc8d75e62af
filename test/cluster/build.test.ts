import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { symlinkSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { folder } from '../kit/folder.ts';

test('without Go, the tests against a real API server fail, and say what is missing', async () => {
  const bin = await folder();
  symlinkSync('/usr/bin/dirname', join(bin, 'dirname'));
  const { status, stdout, stderr } = spawnSync('/bin/sh', [resolve('test/cluster/build.sh')], {
    env: { PATH: bin, HOME: bin },
    encoding: 'utf8',
  });
  assert.deepEqual([status, stdout], [1, '']);
  assert.match(stderr, /install Go \(https:\/\/go\.dev\/dl\/\)/);
});
