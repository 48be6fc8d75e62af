import assert from 'node:assert/strict';
import { test } from 'node:test';
import { helpOf } from '../../functions/command-table.ts';
import { SETTING_GROUPS, SETTINGS } from '../../functions/setting-table.ts';
import { readSettings } from '../../functions/settings.ts';

const read = (argv: readonly string[], env: Record<string, string> = {}) =>
  readSettings({ env, argv });

test('the defaults: loopback, namespace lb, and a warning of the password', () => {
  const result = read(['serve']);
  assert.ok(result.kind === 'settings');
  const { settings, words, warnings } = result;
  assert.deepEqual(words, ['serve']);
  assert.deepEqual(settings.listen, { host: '127.0.0.1', port: 8080 });
  assert.deepEqual([settings.namespace, settings.auth], ['lb', 'none']);
  assert.equal(settings.statisticsPassword, 'IAmAnIdiotForNotChangingTheDefaultPassword');
  assert.deepEqual([settings.renderDeadline, settings.quietWindow], [10_000, 100]);
  assert.ok(Object.isFrozen(settings));
  assert.equal(warnings.length, 1);
  assert.match(String(warnings[0]), /^STATISTICS_PASSWORD/);
  assert.ok(!String(warnings[0]).includes('Idiot'));
});

const REFUSED: [reason: string, argv: string[], problem: RegExp][] = [
  ['beyond loopback without access control', ['--listen', '0.0.0.0:80'], /--allow-anyone-to-read/],
  ['beyond loopback on IPv6', ['--listen', '[::]:80'], /--allow-anyone-to-read-keys/],
  ['a name that only looks like loopback', ['--listen', '127.0.0.1.example:80'], /--allow-anyone/],
  ['a certificate without its key', ['--tls-cert', 'a'], /TLS_CERT and TLS_KEY/],
  ['a client CA without a certificate', ['--tls-client-ca', 'a'], /TLS_CLIENT_CA needs/],
  ['a ticket key without a certificate', ['--tls-ticket-key', 'a'], /TLS_TICKET_KEY needs/],
  ['tokens without their file', ['--auth', 'token'], /needs TOKEN_FILE/],
  ['client certificates without names', ['--auth', 'tls'], /TLS_CLIENT_NAMES/],
  ['an access control that there is none of', ['--auth', 'magic'], /expected one of none, token/],
  ['a schedule that is none', ['--expiry-schedule', 'daily'], /cron expression/],
  ['a schedule out of range', ['--reconcile-schedule', '61 * * * *'], /cron expression/],
  ['a parameter that is taken', ['--params', 'zone,wait'], /not "wait"/],
  ['a parameter that no template can name', ['--params', 'a-b'], /not "a-b"/],
  ['a relative folder', ['--ssl-dir', 'ssl'], /absolute path/],
  ['no namespace', ['--namespace', 'A_B'], /name of a namespace/],
  ['nothing at once', ['--max-renders', '0'], /whole number from 1/],
  ['a credential for templates', ['--env-allow', 'ZONE,TLS_KEY'], /no credentials; TLS_KEY/],
  ['an odd name of a variable', ['--env-allow', 'A*B'], /names of variables, or NAME\*/],
  ['an unknown flag', ['--lisen', 'x'], /lisen/],
];

for (const [reason, argv, problem] of REFUSED)
  test(`refused: ${reason}`, () => {
    const result = read(argv);
    assert.ok(result.kind === 'problems');
    assert.match(result.problems.join('\n'), problem);
  });

test('beyond loopback where access is controlled, or where the flag says so in as many words', () => {
  const listen = ['--listen', '0.0.0.0:8080'];
  const kubernetes = read([...listen, '--auth', 'kubernetes']);
  assert.ok(kubernetes.kind === 'settings');
  assert.match(kubernetes.warnings.join('\n'), /TLS_CERT is not set/);
  const loud = read([...listen, '--allow-anyone-to-read-keys']);
  assert.ok(loud.kind === 'settings');
  assert.match(loud.warnings.join('\n'), /whoever can connect reads every private key/);
});

test('every problem is told at once', () => {
  const result = read(['--listen', 'x', '--auth', 'y'], { MAX_BODY: 'z', RENDER_DEADLINE: '-1' });
  assert.equal(result.kind === 'problems' && result.problems.length, 4);
});

test('--help lists every setting, and no secret', () => {
  const result = read(['--help']);
  assert.ok(result.kind === 'help');
  const text = helpOf(result.words);
  assert.match(text, /--allow-anyone-to-read-keys\n/);
  assert.match(text, /--listen HOST:PORT\n/);
  for (const { variable } of Object.values(SETTINGS))
    assert.ok(text.includes(` ${variable}: `), variable);
  assert.ok(!text.includes('IAmAn'));
});

test('each setting is in one group', () => {
  const grouped = SETTING_GROUPS.flatMap(({ settings }) => Object.keys(settings));
  assert.deepEqual(grouped, Object.keys(SETTINGS));
});
