import assert from 'node:assert/strict';
import { it } from 'node:test';
import { planOf, told } from './kit.ts';

/** Two contents of one file, and the steps between them. */
export interface FileRow {
  readonly why: string;
  /** What reads the file, if it is not what the table says. */
  readonly config?: string;
  readonly old: string | undefined;
  readonly now: string | undefined;
  readonly steps: readonly string[] | RegExp;
}

interface FileTable {
  readonly path: string;
  /** What reads the file. */
  readonly config: string;
}

/** Gives what makes a test for each row: what is planned as a file of a release changes, in words. */
export const fileTable = (file: FileTable) => (rows: readonly FileRow[]) => {
  const filesOf = (content: string | undefined) =>
    content === undefined ? {} : { [file.path]: content };
  for (const { why, config = file.config, old, now, steps } of rows)
    it(why, () => {
      const before = { config, files: filesOf(old) };
      const result = told(planOf(before, { config, files: filesOf(now) }));
      if (steps instanceof RegExp) assert.match(result.join('\n'), steps);
      else assert.deepEqual(result, steps);
    });
};
