/** Prints which lines of the compiled product were run, by area, from what V8 counted: `report.js FOLDER`. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** What V8 writes down at the end of a process, or when it is told to. */
interface Counted {
  readonly result: readonly {
    readonly url: string;
    readonly functions: readonly {
      readonly ranges: readonly {
        readonly startOffset: number;
        readonly endOffset: number;
        readonly count: number;
      }[];
    }[];
  }[];
}

interface Share {
  readonly lines: number;
  readonly run: number;
}

const dist = join(import.meta.dirname, '..', '..');
/** Files on the most lines that were not run, after the table. */
const FILES_SHOWN = 25;
/** Lines that say nothing about whether they are run. */
const NO_CODE = /^\s*(?:$|\/\/|\/?\*|import\b|export \{|[\])}\s;,]*$)/;

const isOwn = (path: string): boolean =>
  /^(?:functions|reloader)\//.test(path) &&
  !/\/parts\/|\.bundle\.js$|haproxy\.js$|haproxy-reloader\.js$/.test(path);

/** What is left of a source that has moved is of no interest. */
const hasSource = (path: string): boolean =>
  existsSync(join(dist, '..', path.replace(/js$/, 'ts')));

/** Every file of the product with code, and for each of its characters whether any process has run it. */
function filesOfProduct(): Map<string, Uint8Array> {
  const paths = ['functions', 'reloader'].flatMap((top) =>
    readdirSync(join(dist, top), { recursive: true, encoding: 'utf8' }).map((path) =>
      join(top, path),
    ),
  );
  return new Map(
    paths
      .filter((path) => path.endsWith('.js') && isOwn(path) && hasSource(path))
      .sort()
      .map((path) => [path, new Uint8Array(readFileSync(join(dist, path), 'utf8').length)]),
  );
}

function add(counted: Counted, files: ReadonlyMap<string, Uint8Array>): void {
  for (const { url, functions } of counted.result) {
    if (!url.startsWith('file:')) continue;
    const path = fileURLToPath(url);
    const seen = path.startsWith(dist) ? files.get(path.slice(dist.length + 1)) : undefined;
    if (!seen) continue;
    const here = new Uint8Array(seen.length);
    // From the outside in: the innermost range says whether a character was run.
    for (const { ranges } of functions)
      for (const { startOffset, endOffset, count } of ranges)
        here.fill(count > 0 ? 1 : 0, startOffset, endOffset);
    for (let at = 0; at < here.length; at++) if (here[at] === 1) seen[at] = 1;
  }
}

function shareOf(path: string, seen: Uint8Array): Share {
  let [at, lines, run] = [0, 0, 0];
  for (const line of readFileSync(join(dist, path), 'utf8').split('\n')) {
    const first = at + line.length - line.trimStart().length;
    if (!NO_CODE.test(line)) {
      lines += 1;
      run += seen[first] ?? 0;
    }
    at += line.length + 1;
  }
  return { lines, run };
}

const percent = ({ lines, run }: Share): string => ((100 * run) / Math.max(lines, 1)).toFixed(1);
const areaOf = (path: string): string => path.split('/').slice(0, -1).slice(0, 2).join('/');

function main([folder = '']: readonly string[]): void {
  const files = filesOfProduct();
  for (const name of readdirSync(folder).sort()) {
    const text = readFileSync(join(folder, name), 'utf8');
    // A process that was killed while it wrote leaves half a file.
    if (text.trimEnd().endsWith('}')) add(JSON.parse(text) as Counted, files);
  }
  const shares = [...files].map(([path, seen]) => ({ path, ...shareOf(path, seen) }));
  const areas = new Map<string, Share>();
  for (const { path, lines, run } of shares)
    for (const area of [areaOf(path), 'all']) {
      const so = areas.get(area) ?? { lines: 0, run: 0 };
      areas.set(area, { lines: so.lines + lines, run: so.run + run });
    }
  const rows = [...areas].sort(([a], [b]) => (a < b ? -1 : 1));
  console.log('| area | lines | run, in percent |\n|---|---|---|');
  for (const [area, share] of rows) console.log(`| ${area} | ${share.lines} | ${percent(share)} |`);
  const missing = shares.toSorted(
    (a, b) => b.lines - b.run - (a.lines - a.run) || (a.path < b.path ? -1 : 1),
  );
  console.log('\n| file | lines not run | of |\n|---|---|---|');
  for (const { path, lines, run } of missing.slice(0, FILES_SHOWN))
    console.log(`| ${path.replace(/js$/, 'ts')} | ${lines - run} | ${lines} |`);
}

main(process.argv.slice(2));
