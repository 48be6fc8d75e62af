import { readlinkSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { basename, join } from 'node:path';

/**
 * The mark that a release is being applied: a link to it. It outlives this process, though perhaps not a power cut. A file
 * in the place of another, which ext4 sends to the disk at once, would make a change wait for whatever else is written.
 */
export interface Mark {
  /** The release's hash; undefined where nothing is being applied. */
  read(): string | undefined;
  /** Replaces the mark, if there is one: at no moment there is none. */
  set(etag: string): void;
  clear(): void;
}

const HASH = /^[0-9a-f]{64}$/;

/** @param path of the link, beside the folder `releases` */
export function createMark(path: string): Mark {
  const beside = `${path}.tmp`;
  return {
    read() {
      try {
        const hash = basename(readlinkSync(path));
        return HASH.test(hash) ? `sha256:${hash}` : undefined;
      } catch {
        return undefined;
      }
    },
    set(etag) {
      rmSync(beside, { force: true });
      symlinkSync(join('releases', etag.replace('sha256:', '')), beside);
      renameSync(beside, path);
    },
    clear: () => rmSync(path, { force: true }),
  };
}
