import { spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';

/** A folder in which only so much can be written, and the program through which to start who shall feel it. */
export interface SmallDisk {
  readonly path: string;
  readonly through: readonly string[];
}

/** A small tmpfs where we may mount one; otherwise a limit on the size of a file. Both make the write itself fail. */
export async function smallDisk(t: TestContext, bytes: number): Promise<SmallDisk> {
  const path = await mkdtemp(join(tmpdir(), 'kh-disk-'));
  const options = `size=${bytes},mode=0700`;
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', path]).status === 0;
  t.after(async () => {
    if (mounted) spawnSync('umount', ['--lazy', path]);
    await rm(path, { recursive: true, force: true });
  });
  return { path, through: mounted ? [] : ['prlimit', `--fsize=${bytes}`] };
}
