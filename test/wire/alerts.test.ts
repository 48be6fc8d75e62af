import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseAlerts } from '../../functions/wire/alerts.ts';
import { headline } from '../../reloader/refusal.ts';

const CASES = [
  [
    'a parsing error has its file and line',
    "[ALERT]    (12) : config : parsing [/s/staging/haproxy.cfg:13] : unknown keyword 'x' in 'global' section",
    { file: 'haproxy.cfg', line: 13, message: "unknown keyword 'x' in 'global' section" },
  ],
  [
    '3.2 leaves "config :" out of some',
    "[ALERT]    (12) : [/s/staging/haproxy.cfg:7] : 'server b/s' : no address",
    { file: 'haproxy.cfg', line: 7, message: "'server b/s' : no address" },
  ],
  [
    'one that names only a proxy has no place',
    "[ALERT]    (12) : config : Proxy 'f': unable to find required default_backend: 'b'.",
    { message: "Proxy 'f': unable to find required default_backend: 'b'." },
  ],
  [
    'a path in the message loses the folder of the check',
    "[ALERT]    (12) : config : parsing [/s/staging/haproxy.cfg:9] : unable to stat '/s/staging/ssl/a.pem'",
    { file: 'haproxy.cfg', line: 9, message: "unable to stat 'ssl/a.pem'" },
  ],
] as const;

for (const [name, line, expected] of CASES)
  test(name, () => assert.deepEqual(parseAlerts(line, '/s/staging'), [expected]));

test('warnings, notices and the closing words are no errors', () => {
  const output = [
    '[NOTICE]   (1) : haproxy version is 2.6.12',
    '[WARNING]  (1) : config : missing timeouts',
    '[ALERT]    (1) : config : Error(s) found in configuration file : h.cfg',
    '[ALERT]    (1) : config : Fatal errors found in configuration.',
  ].join('\n');
  assert.deepEqual(parseAlerts(output, '/s'), []);
  assert.deepEqual(parseAlerts(output, '/s', 'WARNING'), [{ message: 'missing timeouts' }]);
});

test('the headline is one line that can stand in a header', () => {
  const errors = [{ file: 'haproxy.cfg', line: 3, message: 'a\r\nb\u2028 é' }];
  const line = headline({ code: 'check-failed', reason: 'r', errors });
  assert.equal(line, 'check-failed: haproxy.cfg:3: a b');
});
