import type { Diagnostic } from '../../core/diagnostics.ts';

/** How a test has ended. */
export interface TestResult {
  readonly name: string;
  /** Where it begins in its file. */
  readonly line: number;
  readonly durationMs: number;
  /** Why it fails; empty where it passes. */
  readonly failures: readonly Diagnostic[];
}

/** How the tests of a file have ended. */
export interface FileResult {
  readonly path: string;
  /** Why none of them was run. */
  readonly problems: readonly Diagnostic[];
  readonly tests: readonly TestResult[];
}

export interface Totals {
  readonly tests: number;
  readonly pass: number;
  readonly fail: number;
  /** Files of which none was run. */
  readonly invalid: number;
}

export const passes = ({ failures }: TestResult): boolean => failures.length === 0;

export function totalsOf(files: readonly FileResult[]): Totals {
  const all = files.flatMap(({ tests }) => tests);
  const pass = all.filter(passes).length;
  const invalid = files.filter(({ problems }) => problems.length > 0).length;
  return { tests: all.length, pass, fail: all.length - pass, invalid };
}
