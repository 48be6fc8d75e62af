import { CONFIG_PATH } from '../functions/wire/bundle.ts';
import type { Retirement } from './disk/record.ts';
import type { Release } from './disk/release.ts';

/** What serves of the release that runs: all of it but what was taken out of service ahead of a reload. */
export interface Serving {
  /** The files, without the lines of servers that were retired, the others keeping their numbers. */
  of(release: Release): Release['files'];
  /** Notes servers by their lines, for a successor, too, before the first command. */
  retire(etag: string, lines: readonly number[]): Promise<void>;
  /** Another release is live, with all of its servers. */
  renew(): void;
  isWhole(): boolean;
}

export interface ServingOptions {
  /** What an earlier reloader took out ahead of a reload that did not come. */
  readonly retired: Retirement | undefined;
  readonly remember: (retired: Retirement) => Promise<void>;
}

function withoutLines(files: Release['files'], lines: ReadonlySet<number>): Release['files'] {
  return files.map((file) => {
    if (file.path !== CONFIG_PATH) return file;
    const kept = file.content.split('\n').map((line, i) => (lines.has(i + 1) ? '' : line));
    return { ...file, content: kept.join('\n') };
  });
}

export function createServing(options: ServingOptions): Serving {
  let { retired } = options;
  let cut: { readonly from: Release; readonly files: Release['files'] } | undefined;
  return {
    of(release) {
      if (retired?.etag !== release.etag) return release.files;
      if (cut?.from !== release)
        cut = { from: release, files: withoutLines(release.files, new Set(retired.lines)) };
      return cut.files;
    },
    async retire(etag, lines) {
      const before = retired?.etag === etag ? retired.lines : [];
      retired = { etag, lines: [...before, ...lines] };
      cut = undefined;
      await options.remember(retired);
    },
    renew() {
      retired = undefined;
      cut = undefined;
    },
    isWhole: () => retired === undefined,
  };
}
