import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readdir, rename, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { lock } from '../../reloader/disk/lock.ts';
import { folder } from '../kit/folder.ts';

/** What a process that was killed leaves behind: a socket at which nobody listens. */
async function leaveSocket(path: string): Promise<void> {
  const server = createServer();
  server.listen(`${path}.dead`);
  await once(server, 'listening');
  await rename(`${path}.dead`, path);
  server.close();
  await once(server, 'close');
}

const LEFT = {
  nothing: async () => undefined,
  'the socket of one that was killed': leaveSocket,
  'a file': (path: string) => writeFile(path, ''),
  'a link to nowhere': (path: string) => symlink('nowhere', path),
};

for (const [what, leave] of Object.entries(LEFT))
  test(`of reloaders that start in the same instant one holds the folder, where there was ${what}`, async () => {
    for (let round = 0; round < 20; round++) {
      const path = join(await folder(), 'reloader.sock');
      await leave(path);
      const tries = await Promise.allSettled([1, 2, 3, 4].map(() => lock(path)));
      const held = tries.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
      const codes = tries.flatMap((one) => (one.status === 'rejected' ? [one.reason.code] : []));
      assert.equal(held.length, 1);
      assert.deepEqual(new Set(codes), new Set(['state-dir-taken']));
      await assert.rejects(lock(path), { code: 'state-dir-taken' });
      held[0]?.close();
      (await lock(path)).close();
      assert.deepEqual(await readdir(join(path, '..')), [], 'nothing is left behind');
    }
  });
