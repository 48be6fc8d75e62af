import { type Diagnostic, formatDiagnostic } from '../../core/diagnostics.ts';
import { type FileResult, passes, type TestResult } from './result.ts';

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\n': '&#10;',
};
/** What XML 1.0 has no place for. */
const FORBIDDEN = /[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu;

const escaped = (text: string): string =>
  text.replace(FORBIDDEN, '\u{FFFD}').replace(/[&<>"\n]/g, (sign) => ENTITIES[sign] as string);

function attributes(values: Readonly<Record<string, string | number>>): string {
  return Object.entries(values)
    .map(([name, value]) => ` ${name}="${escaped(String(value))}"`)
    .join('');
}

const formatFaults = (tag: string, faults: readonly Diagnostic[]): string =>
  faults
    .map((fault) => {
      const text = escaped(formatDiagnostic(fault)).replaceAll('&#10;', '\n');
      return `<${tag}${attributes({ type: fault.code, message: fault.message })}>${text}</${tag}>`;
    })
    .join('');

function formatCase(path: string, test: TestResult): string {
  const { name, line, durationMs, failures } = test;
  const time = (durationMs / 1000).toFixed(4);
  const head = attributes({ classname: path, name, file: path, line, time });
  if (passes(test)) return `    <testcase${head}/>\n`;
  return `    <testcase${head}>${formatFaults('failure', failures)}</testcase>\n`;
}

/** A file that is not in order is a test that could not be run. */
function formatProblems({ path, problems }: FileResult): string {
  if (problems.length === 0) return '';
  const head = attributes({ classname: path, name: 'the file is in order', file: path });
  return `    <testcase${head}>${formatFaults('error', problems)}</testcase>\n`;
}

function formatSuite(file: FileResult): string {
  const { path, tests, problems } = file;
  const failures = tests.filter((test) => !passes(test)).length;
  const errors = problems.length > 0 ? 1 : 0;
  const head = attributes({ name: path, tests: tests.length + errors, failures, errors });
  const cases = tests.map((test) => formatCase(path, test)).join('') + formatProblems(file);
  return `  <testsuite${head}>\n${cases}  </testsuite>\n`;
}

/** The results as JUnit XML, which GitLab, Jenkins and others read. */
export const formatJunit = (files: readonly FileResult[]): string =>
  `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n${files.map(formatSuite).join('')}</testsuites>\n`;
