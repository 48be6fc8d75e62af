import { writeFile } from 'node:fs/promises';
import { scanTests } from '../folder/scan.ts';
import { formatJunit } from './test/junit.ts';
import { formatFile, formatJson, formatTotals } from './test/report.ts';
import { type FileResult, totalsOf } from './test/result.ts';
import { type RunOptions, runFile } from './test/run-file.ts';

export interface TestCommand extends RunOptions {
  /** The folder whose files `tests.yaml`, at any depth, are run. */
  readonly from: string;
  readonly output: 'table' | 'json';
  /** A file that the results are written to, too, as JUnit XML. */
  readonly junit?: string | undefined;
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
}

/**
 * `kubernetes-haproxy test`: renders what the tests beside templates say, and tells what is not as they say.
 *
 * @returns the exit code: 0 where all pass, 1 where one does not, or there is none
 */
export async function testCommand(command: TestCommand): Promise<0 | 1> {
  const { from, output, junit, stdout, stderr, now } = command;
  const begun = now();
  const paths = await scanTests(from);
  if (paths.length === 0) {
    stderr(`there is no tests.yaml in ${from} [tests-missing]\n`);
    stderr('Write one in a folder beside the template: docs/testing.md says how.\n');
    return 1;
  }
  const files: FileResult[] = [];
  for (const path of paths) {
    const file = await runFile(path, command);
    files.push(file);
    if (output === 'table') stdout(formatFile(file));
  }
  if (output === 'table') stdout(formatTotals(files, now() - begun));
  else stdout(formatJson(files, now() - begun));
  if (junit !== undefined) await writeFile(junit, formatJunit(files));
  const { fail, invalid } = totalsOf(files);
  return fail + invalid === 0 ? 0 : 1;
}
