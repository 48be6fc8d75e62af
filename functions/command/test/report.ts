import { type Diagnostic, formatDiagnostic } from '../../core/diagnostics.ts';
import { type FileResult, passes, type TestResult, totalsOf } from './result.ts';

const indent = (text: string, by: string): string => text.replace(/^(?=.)/gm, by);

const milliseconds = (duration: number): string => `${duration.toFixed(1)}ms`;

const formatFaults = (faults: readonly Diagnostic[], by: string): string =>
  faults.map((fault) => `${indent(formatDiagnostic(fault), by)}\n`).join('');

function formatTest(test: TestResult): string {
  const mark = passes(test) ? '✔' : '✖';
  const head = `  ${mark} ${test.name} (${milliseconds(test.durationMs)})\n`;
  return head + formatFaults(test.failures, '    ');
}

/** A file as `node --test` shows it. */
export function formatFile({ path, problems, tests }: FileResult): string {
  const body = tests.map(formatTest).join('') + formatFaults(problems, '  ');
  return `▶ ${path}\n${body}`;
}

export function formatTotals(files: readonly FileResult[], durationMs: number): string {
  const { tests, pass, fail, invalid } = totalsOf(files);
  const rows: readonly (readonly [string, string | number])[] = [
    ['tests', tests],
    ['pass', pass],
    ['fail', fail],
    ...(invalid > 0 ? [['files with errors', invalid] as const] : []),
    ['duration_ms', Math.round(durationMs)],
  ];
  return rows.map(([name, value]) => `ℹ ${name} ${value}\n`).join('');
}

const faultJson = ({ code, message, hint, where }: Diagnostic) => {
  const { object: file, line, column } = where;
  return { code, message, hint, file, line, column };
};

/** All of it for scripts. */
export function formatJson(files: readonly FileResult[], durationMs: number): string {
  const told = files.map(({ path, problems, tests }) => ({
    path,
    problems: problems.map(faultJson),
    tests: tests.map((test) => ({
      name: test.name,
      line: test.line,
      passes: passes(test),
      durationMs: test.durationMs,
      failures: test.failures.map(faultJson),
    })),
  }));
  return `${JSON.stringify({ ...totalsOf(files), durationMs, files: told }, null, 2)}\n`;
}
