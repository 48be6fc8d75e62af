import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chooseLogFormat, createLog, type LogFormat } from '../../functions/wire/log.ts';

const AT = new Date(2026, 9, 1, 7, 5, 3, 42);

function linesOf(format: LogFormat) {
  const lines: string[] = [];
  const write = (line: string) => lines.push(line);
  const log = createLog({ component: 'service', format, write, now: () => AT });
  return { log, lines };
}

test('for programs an entry is one line of JSON', () => {
  const { log, lines } = linesOf('json');
  const cause = Object.assign(new Error('refused'), { code: 'ECONNREFUSED' });
  const error = Object.assign(new Error('away', { cause }), { hint: 'look' });
  log.warn('polling failed', { error, text: 'a\nb', n: 1 });
  log.debug('not told');
  assert.deepEqual(
    lines.map((line) => JSON.parse(line)),
    [
      {
        time: AT.toISOString(),
        level: 'warn',
        component: 'service',
        message: 'polling failed',
        error: {
          message: 'away',
          hint: 'look',
          cause: { code: 'ECONNREFUSED', message: 'refused' },
        },
        text: 'a\nb',
        n: 1,
      },
    ],
  );
  assert.ok(lines[0]?.endsWith('}\n') && lines[0].indexOf('\n') === lines[0].length - 1);
});

test('for people an entry is text: local time, level, what happened, values', () => {
  const { log, lines } = linesOf('text');
  log.info('serving', { reads: 'the folder a b', listens: 'http://127.0.0.1:8080', pid: 7 });
  log.warn('none', { missing: undefined, list: ['a', 1], empty: '' });
  assert.deepEqual(lines, [
    '07:05:03.042 INFO  serving  reads="the folder a b" listens=http://127.0.0.1:8080 pid=7\n',
    '07:05:03.042 WARN  none  list=["a",1] empty=""\n',
  ]);
});

test('times are told to the thousandth of a millisecond, and large numbers whole', () => {
  for (const format of ['json', 'text'] as const) {
    const lines: string[] = [];
    const log = createLog({ component: 'x', format, write: (line) => void lines.push(line) });
    log.info('live', {
      phases: { check: 86.28949699999998 },
      took: 0.1 + 0.2,
      bytes: 9007199254740991,
    });
    assert.match(lines.join(), /\{"check":86\.289\}.*0\.3\b.*9007199254740991/);
  }
});

test('for people an error is its words, its code, its causes and what to do', () => {
  const { log, lines } = linesOf('text');
  const cause = Object.assign(new Error('refused'), { code: 'ECONNREFUSED' });
  log.error('it failed', { error: Object.assign(new Error('away', { cause }), { hint: 'Look.' }) });
  assert.deepEqual(lines, [
    '07:05:03.042 ERROR it failed  error="away: refused [ECONNREFUSED]. Look."\n',
  ]);
});

test('for people a text of several lines is shown as such', () => {
  const { log, lines } = linesOf('text');
  log.error('haproxy -c refuses', { code: 'refused', output: 'line 1\n  line 2\n' });
  assert.deepEqual(lines, [
    '07:05:03.042 ERROR haproxy -c refuses  code=refused\n    output:\n        line 1\n          line 2\n',
  ]);
});

test('a terminal never obeys what a value holds', () => {
  const { log, lines } = linesOf('text');
  log.info('told', { a: '\x1b[2J', b: 'x\u202ey', c: ['\x9b1m'], d: 'one\n\x1b]0;two\r' });
  assert.equal(
    lines[0],
    '07:05:03.042 INFO  told  a=\\u{1b}[2J b=x\\u{202e}y c=["\\u{9b}1m"]\n    d:\n        one\n        \\u{1b}]0;two\n',
  );
});

test('auto is text on a terminal alone', () => {
  assert.equal(chooseLogFormat('auto', true), 'text');
  assert.equal(chooseLogFormat('auto', false), 'json');
  assert.equal(chooseLogFormat('json', true), 'json');
  assert.equal(chooseLogFormat('text', false), 'text');
});
