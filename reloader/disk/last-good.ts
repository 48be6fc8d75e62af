import type { Record } from './record.ts';
import type { Release } from './release.ts';
import type { Releases } from './releases.ts';

/** The release that HAProxy was last proven to run: what everything is brought back to. */
export interface LastGood {
  /** Undefined where there is none, or where its files are not whole. */
  read(): Promise<Release | undefined>;
  /** As `read`, from the disk and not from memory: HAProxy is about to read those very files. */
  reread(): Promise<Release | undefined>;
  /** Notes that HAProxy runs this one: nothing is under way any more. */
  note(etag: string): Promise<void>;
  /**
   * As `note`, and lets go of older releases. Not at a repair, which may come while another release is staged and
   * checked: that one is neither of the kept.
   */
  settle(release: Release): Promise<void>;
}

export interface LastGoodOptions {
  readonly releases: Releases;
  readonly record: Record;
}

export function createLastGood({ releases, record }: LastGoodOptions): LastGood {
  let known: Release | undefined;
  const read = async () => {
    const { lastGood: etag } = record.memory;
    if (etag !== undefined && known?.etag !== etag) known = await releases.read(etag);
    return etag === undefined ? undefined : known;
  };
  const note = (etag: string) =>
    record.update({ lastGood: etag, applying: undefined, retired: undefined });
  return {
    read,
    reread() {
      known = undefined;
      return read();
    },
    note,
    async settle(release) {
      const { etag } = release;
      const before = record.memory.lastGood;
      await note(etag);
      known = release;
      // One more than the live one stays, for a look at what was there before.
      await releases.prune([etag, ...(before === undefined ? [] : [before])]);
    },
  };
}
