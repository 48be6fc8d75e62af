import { randomUUID } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type Marks, neededOf, readMarks } from '../core/marks.ts';
import {
  type History,
  type KeptRevision,
  numberBefore,
  packRevision,
  type Revision,
  unpackRevision,
} from '../core/revision.ts';
import { packRollout, revisionsOf, type Rollout, unpackRollout } from '../core/rollout.ts';
import { underLock } from './lock.ts';

export interface FolderHistoryOptions {
  /** The folder of the service's state; it is made where it is not there. */
  readonly folder: string;
  /** How many revisions are kept beside those that the rollout names. */
  readonly limit: number;
}

const ROLLOUT = 'rollout.json';
const NAME = /^(\d{1,12})-([0-9a-f]{20})\.json$/;

const markOf = (hash: string): string => hash.slice('sha256:'.length, 'sha256:'.length + 20);

/** Beside the target, written out to the disk, and renamed: a reader finds the old one or the new one. */
async function write(path: string, value: unknown): Promise<void> {
  const beside = `${path}.${randomUUID()}.new`;
  const file = await open(beside, 'w', 0o600);
  try {
    await file.writeFile(`${JSON.stringify(value)}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(beside, path);
}

async function read(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    if (error instanceof SyntaxError || (error as NodeJS.ErrnoException).code === 'ENOENT')
      return undefined;
    throw error;
  }
}

/** Where a folder of state keeps the rollout: for whoever watches it. */
export const rolloutPath = (folder: string): string => join(folder, ROLLOUT);

/** Revisions and rollout as files of a folder: where manifests are the source. Intents hold no secrets. */
export function createFolderHistory({ folder, limit }: FolderHistoryOptions): History {
  const revisions = join(folder, 'revisions');
  const pathOf = (number: number, hash: string) =>
    join(revisions, `${number}-${markOf(hash)}.json`);

  async function files(): Promise<readonly { number: number; path: string; mark: string }[]> {
    await mkdir(revisions, { recursive: true, mode: 0o700 });
    return (await readdir(revisions)).flatMap((name) => {
      const [, number, mark = ''] = NAME.exec(name) ?? [];
      return number === undefined
        ? []
        : [{ number: Number(number), path: join(revisions, name), mark }];
    });
  }

  async function readKept({ number, path }: { number: number; path: string }) {
    const value = await read(path);
    const revision = unpackRevision(value);
    const marks = readMarks((value as { marks?: unknown } | undefined)?.marks);
    return revision && { ...revision, number, ...(marks && { marks }) };
  }

  async function list(): Promise<readonly KeptRevision[]> {
    const found = await Promise.all(
      (await files()).map(async (file) => (await readKept(file)) ?? []),
    );
    return found.flat().sort((a, b) => a.number - b.number);
  }

  async function rollout(): Promise<Rollout> {
    return unpackRollout(((await read(rolloutPath(folder))) ?? {}) as Record<string, unknown>);
  }

  async function record(revision: Revision): Promise<void> {
    const all = [...(await files())].sort((a, b) => b.number - a.number);
    const mark = markOf(revision.hash);
    if (all[0]?.mark === mark) return;
    const number = (all[0]?.number ?? 0) + 1;
    const same = all.filter((file) => file.mark === mark);
    const { marks } = (same[0] && (await readKept(same[0]))) ?? {};
    await write(pathOf(number, revision.hash), { ...packRevision(revision), marks });
    for (const { path } of same) await rm(path, { force: true });
  }

  async function mark(hash: string, marks: Marks): Promise<boolean> {
    let isKept = false;
    for (const file of await files()) {
      const kept = hash.startsWith(`sha256:${file.mark}`) ? await readKept(file) : undefined;
      if (kept?.hash !== hash) continue;
      isKept = true;
      const all = { ...kept.marks, ...marks };
      await write(file.path, { ...packRevision(kept), marks: all });
    }
    return isKept;
  }

  async function restore(revision: Revision, marks: Marks): Promise<void> {
    if (await mark(revision.hash, marks)) return;
    const number = numberBefore((await files()).map((file) => file.number));
    await write(pathOf(number, revision.hash), { ...packRevision(revision), marks });
  }

  async function prune(inUse: ReadonlySet<string>): Promise<void> {
    const all = [...(await files())].sort((a, b) => b.number - a.number);
    const needed = neededOf(await list(), Date.now());
    const spared = [...inUse, ...needed, ...revisionsOf(await rollout())];
    const isSpared = (mark: string) => spared.some((hash) => hash.startsWith(`sha256:${mark}`));
    for (const { path } of all.filter((file, i) => i >= limit && !isSpared(file.mark)))
      await rm(path, { force: true });
  }

  /** Changes of several processes, such as the service and the command line, one after the other. */
  async function alone<T>(act: () => Promise<T>): Promise<T> {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    return underLock(join(folder, 'lock'), act);
  }

  return {
    list,
    has: async (hash) => (await files()).some(({ mark }) => hash.startsWith(`sha256:${mark}`)),
    record: (revision) => alone(() => record(revision)),
    mark: (hash, marks) => alone(() => mark(hash, marks)),
    restore: (revision, marks) => alone(() => restore(revision, marks)),
    prune: (inUse) => alone(() => prune(inUse)),
    rollout,
    steer: (change) =>
      alone(async () => {
        const after = change(await rollout());
        await write(rolloutPath(folder), packRollout(after));
        return after;
      }),
  };
}
