import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { symlinkSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { folder } from '../kit/folder.ts';

for (const script of ['test/cluster/build.sh', 'test/cluster/gateway/build.sh'])
  test(`without Go, ${script} fails, and says what is missing`, async () => {
    const bin = await folder();
    symlinkSync('/usr/bin/dirname', join(bin, 'dirname'));
    const { status, stdout, stderr } = spawnSync('/bin/sh', [resolve(script)], {
      env: { PATH: bin, HOME: bin },
      encoding: 'utf8',
    });
    assert.deepEqual([status, stdout], [1, '']);
    assert.match(stderr, /install Go \(https:\/\/go\.dev\/dl\/\)/);
  });
