import { mkdir, rm, stat } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';

/** What is done under the lock takes milliseconds: one that is older was left by a process that was killed. */
const STALE_MS = 5_000;
const LOOK_MS = 10;

async function isStale(path: string): Promise<boolean> {
  const made = await stat(path).catch(() => undefined);
  return made !== undefined && Date.now() - made.mtimeMs > STALE_MS;
}

/** Does something that no other process does at the same time; `path` is the lock, a folder that is made for it. */
export async function underLock<T>(path: string, act: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      await mkdir(path, { mode: 0o700 });
      break;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      if (await isStale(path)) await rm(path, { recursive: true, force: true });
      else await delay(LOOK_MS);
    }
  }
  try {
    return await act();
  } finally {
    await rm(path, { recursive: true, force: true });
  }
}
