import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';

const made: string[] = [];

/** A new empty folder. It is removed at the end of all tests of the file, when no process writes to it any more. */
export async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'kh-'));
  made.push(path);
  return path;
}

after(() => Promise.all(made.map((path) => rm(path, { recursive: true, force: true }))));
