import { CONFIG_PATH } from '../../wire/bundle.ts';
import { readHaproxyLine } from './haproxy-line.ts';
import { readCrtListLine, readMapLine, readPatternLine } from './list-lines.ts';
import type { LineReader } from './words.ts';

/** What stands before the name of a file, and how HAProxy then reads it. */
const USES: ReadonlyArray<readonly [before: RegExp, read: LineReader]> = [
  [/\bmap(?:_[a-z_]+)?\((?:[a-z]+@)?$/, readMapLine],
  [/\s-M\s(?:.*\s)?-f\s+["']?(?:[a-z]+@)?$/, readMapLine],
  [/\s-f\s+["']?(?:[a-z]+@)?$/, readPatternLine],
  [/\scrt-list\s+["']?(?:[a-z]+@)?$/, readCrtListLine],
];

/** How the configuration has a file read: no reader where it does not say. */
function usesOf(configuration: string, path: string): readonly LineReader[] {
  const readers = new Set<LineReader>();
  for (let at = configuration.indexOf(path); at >= 0; at = configuration.indexOf(path, at + 1)) {
    const before = configuration.slice(configuration.lastIndexOf('\n', at) + 1, at);
    const read = USES.find(([pattern]) => pattern.test(before))?.[1];
    if (read !== undefined) readers.add(read);
  }
  return [...readers];
}

/** Who reads a file by lines; `undefined` where a line is all that it has. */
export type Readers = readonly (LineReader | undefined)[];

const OF_CONFIGURATION: Readers = [readHaproxyLine];

/** Who reads a delivered file, of which the configuration is one. */
export function readersOf(
  path: string,
  { configuration, filesDir }: { configuration: () => string; filesDir: string },
): Readers {
  if (path === CONFIG_PATH) return OF_CONFIGURATION;
  const readers = usesOf(configuration(), path.replace(/^files/, filesDir));
  return readers.length > 0 ? readers : [undefined];
}
