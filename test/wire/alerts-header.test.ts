import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatToldAlerts, parseToldAlerts } from '../../functions/wire/alerts-header.ts';

const file = 'haproxy.cfg';
const content = 'global\nfrontend f\n  bäd line\n';
const files = [
  { path: file, content },
  { path: 'ssl/a.pem', content: 'first\nsecret\n' },
];

test('alerts come with the line that they name and the header of its section, in ASCII', () => {
  const alerts = [{ file, line: 3, message: 'unknown keyword «bäd»' }, { message: 'fatal' }];
  const value = formatToldAlerts(alerts, files);
  assert.match(value, /^[\x20-\x7e]+$/);
  assert.deepEqual(parseToldAlerts(value), [
    { ...alerts[0], text: '  bäd line', section: 'frontend f' },
    { message: 'fatal' },
  ]);
});

test('a line of a certificate is told nobody, nor one that is not there', () => {
  const alerts = [
    { file: 'ssl/a.pem', line: 2, message: 'no' },
    { file, line: 99, message: 'no' },
  ];
  assert.deepEqual(parseToldAlerts(formatToldAlerts(alerts, files)), alerts);
});

test('however much there is to tell, it fits into a header', () => {
  const long = 'ä'.repeat(1000);
  const alerts = Array.from({ length: 50 }, () => ({ file, line: 1, message: long }));
  const value = formatToldAlerts(alerts, [{ path: file, content: long }]);
  assert.ok(value.length <= 4096);
  assert.deepEqual(parseToldAlerts(value), []);
  const short = formatToldAlerts(alerts, []);
  assert.ok(short.length <= 4096);
  assert.equal(parseToldAlerts(short)?.length, 2);
});

test('garbage is none', () => {
  for (const value of ['', '{}', 'x', '"x"']) assert.equal(parseToldAlerts(value), undefined);
  assert.deepEqual(parseToldAlerts('[1, null, {"message": 1}, {"message": "a", "line": "b"}]'), [
    { message: 'a' },
  ]);
});
