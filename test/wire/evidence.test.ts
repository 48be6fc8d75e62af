import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type Evidence,
  formatEvidence,
  parseEvidence,
  parseWindow,
  revisionMark,
} from '../../functions/wire/evidence.ts';

const HASH = `sha256:0123456789abcdef${'0'.repeat(48)}`;
const FULL: Evidence = {
  revision: revisionMark(HASH),
  seconds: 10,
  answers: 1234,
  failures: 3,
  backends: { seconds: 20, requests: 2400, connectErrors: 0, responseErrors: 1, queued: 4 },
  servers: { up: 9, all: 10 },
  deaths: 0,
  outOfMemory: 0,
};
const TEXT =
  'v=1;r=0123456789abcdef;w=10;rq=1234;e5=3;bw=20;br=2400;ec=0;er=1;q=4;up=9;all=10;di=0;oo=0';

test('evidence is told and read, with each of its groups and without', () => {
  assert.equal(formatEvidence(FULL), TEXT);
  const { backends, servers, ...frontends } = FULL;
  const sorts: readonly Evidence[] = [
    FULL,
    frontends,
    { ...frontends, ...(backends && { backends }) },
    { ...frontends, ...(servers && { servers }) },
  ];
  for (const one of sorts) assert.deepEqual(parseEvidence(formatEvidence(one)), one);
});

test('six of them in a minute are less than a kilobyte', () => {
  const most = 999_999_999;
  const large: Evidence = {
    ...FULL,
    answers: most,
    failures: most,
    backends: {
      seconds: 300,
      requests: most,
      connectErrors: 1e8,
      responseErrors: 1e8,
      queued: 99_999,
    },
    servers: { up: 10_000, all: 10_000 },
  };
  assert.ok(6 * ('X-Evidence: \r\n'.length + formatEvidence(large).length) < 1000);
});

test('anything else is no evidence', () => {
  const bad = [
    '',
    'v=1',
    TEXT.replace('v=1', 'v=2'),
    ` ${TEXT}`,
    `${TEXT};`,
    `${TEXT}\n`,
    TEXT.replace('rq=1234', 'rq=01234'),
    TEXT.replace('rq=1234', 'rq=-1'),
    TEXT.replace('rq=1234', 'rq=1e3'),
    TEXT.replace('rq=1234', `rq=${'9'.repeat(13)}`),
    TEXT.replace('r=0123456789abcdef', 'r=0123456789ABCDEF'),
    TEXT.replace('w=10;rq=1234', 'rq=1234;w=10'),
    TEXT.replace(';ec=0', ''),
  ];
  for (const text of bad) assert.equal(parseEvidence(text), undefined, text);
  assert.equal(parseEvidence(undefined), undefined);
});

test('nor is a part that is more than its whole', () => {
  for (const [part, other] of [
    ['e5=3', 'e5=1235'],
    ['up=9', 'up=11'],
    ['ec=0', 'ec=2400'],
  ] as const)
    assert.equal(parseEvidence(TEXT.replace(part, other)), undefined, other);
});

test('a window is within bounds, whatever is asked for', () => {
  assert.equal(parseWindow('10'), 10);
  assert.equal(parseWindow('1'), 10);
  assert.equal(parseWindow('9999'), 300);
  for (const text of [undefined, '', '0', '-1', '10.5', 'a', '99999'])
    assert.equal(parseWindow(text), undefined, text);
});
