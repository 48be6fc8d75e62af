import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { PROBLEMS } from '../../functions/http/problem.ts';
import { createMemoryHistory } from '../../functions/intent/memory-history.ts';
import { explain, settingsOf, start } from './start.ts';

const DOCS = readFileSync(join(import.meta.dirname, '../../../docs/http.md'), 'utf8');

/** The cells of the rows below a heading. */
function rowsUnder(heading: string): string[][] {
  const [, section = ''] = DOCS.split(`\n## ${heading}\n`);
  return (section.split('\n## ')[0] ?? '')
    .split('\n')
    .filter((line) => /^\| `/.test(line))
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim().replaceAll('`', '')),
    );
}

async function startWithBundle(t: Parameters<typeof start>[0]) {
  const started = await start(t, {
    settings: settingsOf('--params', ''),
    judgeProposal: async () => ({ kind: 'judged', refused: [], odd: [] }),
    explain,
    history: createMemoryHistory(1),
    renderOnce: () =>
      Promise.resolve({
        kind: 'rendered',
        etag: started.publisher.status().variants[0]?.etag ?? '',
        config: 'global\n',
        diagnostics: [],
      }),
  });
  started.publisher.publish('global\n');
  return started;
}

test('the table of errors is the catalogue', () => {
  const catalogue = Object.entries(PROBLEMS).map(([code, { status, title }]) => [
    code,
    String(status),
    title,
  ]);
  assert.deepEqual(rowsUnder('Errors'), catalogue);
});

test('the table of metrics is what is measured', async (t) => {
  const { ask } = await startWithBundle(t);
  const { text } = await ask('/metrics');
  const measured = [...text.matchAll(/^# HELP kubernetes_haproxy_(\S+) (.*)$/gm)];
  assert.deepEqual(
    rowsUnder('Metrics'),
    measured.map(([, name, help]) => [name, help]),
  );
});

test('every header of every answer is in the table of headers', async (t) => {
  const { ask, publisher } = await startWithBundle(t);
  const documented = new Set(rowsUnder('Response headers').map(([name]) => name?.toLowerCase()));
  publisher.fail({
    severity: 'error',
    code: 'template-syntax',
    message: '',
    hint: '',
    where: { object: 'configmaps/lb/config' },
  });
  const paths = [
    '/explain',
    '/explain?format=text',
    '/bundle?wait=0',
    '/haproxy.cfg',
    '/',
    '/history',
    '/diff',
    '/page.js',
    '/status',
    '/snapshot',
    '/metrics',
    '/readyz',
  ];
  for (const path of [...paths, '/nothing', '/render', '/bundle?x'])
    for (const accept of ['*/*', 'text/html'])
      for (const header of Object.keys((await ask(path, { headers: { accept } })).headers))
        assert.ok(documented.has(header), `${header} of ${path}`);
});

interface Example {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly body?: string;
  readonly status: number;
  readonly expected: readonly [name: string, value: string][];
  /** Text that the body has. */
  readonly text: string;
}

const readHeaders = (lines: readonly string[]) =>
  lines.map((line): [string, string] => {
    const colon = line.indexOf(': ');
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 2)];
  });

/** Request, body of the request (if any), answer, part of its body (if any): parted by empty lines. */
function parseExample(text: string): Example {
  const parts = text.trim().split('\n\n');
  const [head = '', ...headers] = parts[0]?.split('\n') ?? [];
  const [method, path = ''] = head.split(' ');
  const answerAt = parts.findIndex((part) => /^\d{3}(?:\n|$)/.test(part));
  const [status, ...expected] = parts[answerAt]?.split('\n') ?? [];
  return {
    method: method === 'POST' ? 'POST' : 'GET',
    path,
    headers: Object.fromEntries(readHeaders(headers)),
    ...(answerAt > 1 && { body: parts[1] ?? '' }),
    status: Number(status),
    expected: readHeaders(expected),
    text: parts[answerAt + 1] ?? '',
  };
}

const EXAMPLES = [...DOCS.matchAll(/```http\n(.*?)```/gs)].map(([, text]) => text ?? '');

test('the examples give what they say', async (t) => {
  const { ask, publisher } = await startWithBundle(t);
  const etag = publisher.status().variants[0]?.etag ?? assert.fail();
  assert.ok(EXAMPLES.length > 5);
  for (const text of EXAMPLES) {
    const {
      path,
      status,
      expected,
      text: part,
      ...options
    } = parseExample(text.replaceAll('sha256:…', etag));
    const answer = await ask(path, options);
    assert.equal(answer.status, status, text);
    for (const [name, value] of expected) assert.equal(answer.headers[name], value, text);
    assert.ok(answer.text.includes(part), text);
  }
});
