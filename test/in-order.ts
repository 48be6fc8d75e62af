import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import { run } from 'node:test';
import { spec, tap } from 'node:test/reporters';

/**
 * Runs compiled test files, so many at once, in the order in which they are given: `node --test` sorts them by name, and
 * leaves what takes longest to run alone at the end.
 *
 *     node dist/test/in-order.js CONCURRENCY FILE...
 */
const [concurrency, ...names] = process.argv.slice(2);
// Each file is a process of its own, most of which make a few requests (`wire/http-parser.ts`).
process.execArgv.push('--liftoff-only');
// Most of what they run is not run for long enough to be worth optimising as soon as V8 would. Node.js 22 has no such flag.
const LATER = '--interrupt-budget=1000000';
if (spawnSync(process.execPath, [LATER, '--version']).status === 0) process.execArgv.push(LATER);
const hangsMinutes = names.some((name) => name.endsWith('.long.js')) ? 15 : 4;
const tests = run({
  files: names.map((name) => resolve(name)),
  concurrency: Number(concurrency),
  // Told by its name, before CI ends all of them without a word.
  timeout: hangsMinutes * 60_000,
});
tests.on('test:fail', () => {
  process.exitCode = 1;
});
const shown = process.stdout.isTTY ? tests.compose(new spec()) : tests.compose(tap);
shown.pipe(process.stdout);
