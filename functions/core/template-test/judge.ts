import { X509Certificate } from 'node:crypto';
import { type Bundle, CONFIG_PATH } from '../../wire/bundle.ts';
import type { Diagnostic, Place } from '../diagnostics.ts';
import type { OfflineResult } from '../offline.ts';
import { readMapLine } from '../structure/list-lines.ts';
import { linesOf, sectionsOf } from './delivered-lines.ts';
import type {
  CertificateExpectation,
  CheckExpectation,
  DiagnosticExpectation,
  Expectation,
  FileExpectation,
  MapExpectation,
  SectionExpectation,
} from './expectation.ts';
import type { Failure } from './failure.ts';
import { judgeLines } from './judge-lines.ts';

/** What HAProxy says of the files; `unknown` where it cannot be asked. */
export interface HaproxyCheck {
  readonly outcome: 'passes' | 'fails' | 'unknown';
  /** Its words, a line each. */
  readonly output: string;
}

/** All that a test is judged by. */
export interface Evidence {
  readonly result: OfflineResult;
  /** Where the test says something of it. */
  readonly check?: HaproxyCheck;
  /** Contents of the files beside the test that delivered ones shall be equal to; undefined for one that is not there. */
  readonly files: ReadonlyMap<string, string | undefined>;
}

const BINARY_HINT =
  'HAPROXY, or --haproxy, names the binary; files that only a proxy has are better delivered as files.NAME.';

const contentOf = ({ files }: Bundle, path: string): string | undefined =>
  files.find((file) => file.path === path)?.content;

const listed = (title: string, names: readonly string[]): string =>
  names.length === 0 ? `There is no ${title}.` : `There are ${names.join(', ')}.`;

function judgeSection(expected: SectionExpectation, bundle: Bundle): readonly Failure[] {
  const { where, title, isAbsent } = expected;
  const sections = sectionsOf(contentOf(bundle, CONFIG_PATH) ?? '');
  const found = sections.filter((section) => section.title === title);
  if (isAbsent && found.length > 0)
    return [{ where, message: `there is ${title}`, hint: 'It must not be there.' }];
  if (isAbsent) return [];
  if (found.length === 0) {
    const [kind] = title.split(' ');
    const titles = sections.map((section) => section.title);
    const hint = listed(
      kind ?? '',
      titles.filter((other) => other.split(' ')[0] === kind),
    );
    return [{ where, message: `there is no ${title}`, hint }];
  }
  // `defaults` without a name, and `global`, may be there several times.
  return judgeLines(
    title,
    found.flatMap(({ lines }) => lines),
    expected,
  );
}

function firstDifference(expected: string, actual: string): string {
  const [wanted, given] = [expected.split('\n'), actual.split('\n')];
  const at = wanted.findIndex((line, i) => line !== given[i]);
  const i = at < 0 ? wanted.length : at;
  const show = (line: string | undefined) => (line === undefined ? 'ends' : `has ${line}`);
  return `Line ${i + 1} of the file ${show(wanted[i])}\n    what is delivered ${show(given[i])}`;
}

function judgeFile(
  expected: FileExpectation,
  bundle: Bundle,
  files: Evidence['files'],
): readonly Failure[] {
  const { where, path, isAbsent, equals } = expected;
  const content = contentOf(bundle, path);
  if (isAbsent)
    return content === undefined
      ? []
      : [{ where, message: `${path} is delivered`, hint: 'It must not be.' }];
  if (content === undefined) {
    const hint = `Delivered are ${bundle.files.map((file) => file.path).join(', ')}.`;
    return [{ where, message: `${path} is not delivered`, hint }];
  }
  const failures = judgeLines(path, linesOf(path, content), expected);
  if (equals === undefined) return failures;
  const wanted = files.get(equals);
  if (wanted === content) return failures;
  const failure =
    wanted === undefined
      ? { where, message: `there is no file ${equals}`, hint: 'Its path is relative to this file.' }
      : {
          where,
          message: `${path} differs from ${equals}`,
          hint: firstDifference(wanted, content),
        };
  return [...failures, failure];
}

function judgeMap(expected: MapExpectation, bundle: Bundle): readonly Failure[] {
  const { where, path, key, value, isAbsent } = expected;
  const content = contentOf(bundle, path);
  if (content === undefined)
    return [
      { where, message: `${path} is not delivered`, hint: 'No file of that name is rendered.' },
    ];
  const entries = content.split('\n').map((line) => readMapLine(line).words);
  const found = entries.filter(([name]) => name === key).map(([, text = '']) => text);
  if (isAbsent)
    return found.length === 0
      ? []
      : [{ where, message: `${path} has the key ${key}`, hint: `Its value is ${found[0]}.` }];
  if (found.length === 0) {
    const keys = entries.flatMap(([name]) => name ?? []).slice(0, 12);
    return [{ where, message: `${path} lacks the key ${key}`, hint: listed('key', keys) }];
  }
  // The first one counts for HAProxy.
  if (value === undefined || found[0] === value) return [];
  return [{ where, message: `${key} in ${path} is not ${value}`, hint: `It is ${found[0]}.` }];
}

function judgeCertificate(expected: CertificateExpectation, bundle: Bundle): readonly Failure[] {
  const { where, name, isAbsent, hosts } = expected;
  const pem = contentOf(bundle, `ssl/${name}.pem`);
  if (isAbsent)
    return pem === undefined
      ? []
      : [{ where, message: `the certificate ${name} is delivered`, hint: 'It must not be.' }];
  if (pem === undefined) {
    const names = bundle.files.flatMap(({ path }) => /^ssl\/(.+)\.pem$/.exec(path)?.[1] ?? []);
    const hint = listed('certificate', names);
    return [{ where, message: `the certificate ${name} is not delivered`, hint }];
  }
  const leaf = new X509Certificate(pem.slice(pem.indexOf('-----BEGIN CERTIFICATE-----')));
  return hosts
    .filter((host) => leaf.checkHost(host) === undefined)
    .map((host) => ({
      where,
      message: `the certificate ${name} is not for ${host}`,
      hint: `It is for ${leaf.subjectAltName ?? leaf.subject}.`,
    }));
}

const isTold = ({ code, message }: DiagnosticExpectation, told: Diagnostic): boolean =>
  told.code === code && (message?.test(told.message) ?? true);

function judgeDiagnostic(
  expected: DiagnosticExpectation,
  { diagnostics }: OfflineResult,
): readonly Failure[] {
  if (diagnostics.some((told) => isTold(expected, told))) return [];
  const { where, code, message } = expected;
  const about = message === undefined ? '' : ` that matches /${message.source}/`;
  const told = diagnostics.map((one) => `\n    ${one.message} [${one.code}]`);
  const hint = told.length === 0 ? 'Nothing is reported.' : `Reported:${told.join('')}`;
  return [{ where, message: `there is no diagnostic ${code}${about}`, hint }];
}

function judgeCheck(expected: CheckExpectation, check: HaproxyCheck | undefined) {
  const { where, outcome, message } = expected;
  if (!check) return [];
  const hint = check.output.trim() || 'HAProxy says nothing.';
  if (check.outcome === 'unknown')
    return [{ where, message: 'haproxy -c gives no result', hint: `${hint}\n    ${BINARY_HINT}` }];
  if (check.outcome !== outcome) return [{ where, message: `haproxy -c ${check.outcome}`, hint }];
  if (message?.test(check.output) ?? true) return [];
  return [{ where, message: `haproxy -c does not say /${message?.source}/`, hint }];
}

/** Faults that the test says nothing of. */
function unexpected(test: Judged, { diagnostics }: OfflineResult): readonly Failure[] {
  const expected = test.expectations.filter((one) => one.kind === 'diagnostic');
  return diagnostics
    .filter((told) => told.severity === 'error' && !expected.some((one) => isTold(one, told)))
    .map(({ message, code, hint, where }) => {
      const place = [where.object, where.key].filter(Boolean).join(' ');
      const line = where.line === undefined ? '' : `:${where.line}:${where.column ?? 1}`;
      const allowed = `If it is intended, expect it: diagnostic: ${code}.`;
      return {
        where: test.where,
        message: `${place}${line}: ${message} [${code}]`,
        hint: `${hint}\n    ${allowed}`,
      };
    });
}

interface Judged {
  readonly where: Place;
  readonly expectations: readonly Expectation[];
}

function judgeOne(expected: Expectation, { result, check, files }: Evidence): readonly Failure[] {
  if (expected.kind === 'diagnostic') return judgeDiagnostic(expected, result);
  if (result.kind === 'refused') {
    const hint = 'The template renders nothing: see the errors of this test.';
    return [{ where: expected.where, message: 'nothing is delivered', hint }];
  }
  const { bundle } = result;
  switch (expected.kind) {
    case 'section':
      return judgeSection(expected, bundle);
    case 'file':
      return judgeFile(expected, bundle, files);
    case 'map':
      return judgeMap(expected, bundle);
    case 'certificate':
      return judgeCertificate(expected, bundle);
    case 'check':
      return judgeCheck(expected, check);
  }
}

/** What is not as a test says, in the order of the test: faults that it does not expect first. */
export function judgeTest(test: Judged, evidence: Evidence): readonly Diagnostic[] {
  const failures = [
    ...unexpected(test, evidence.result),
    ...test.expectations.flatMap((expected) => judgeOne(expected, evidence)),
  ];
  return failures.map((failure) => ({ severity: 'error', code: 'test-failed', ...failure }));
}
