import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeSettings, form, parseSettings } from '../../functions/wire/settings.ts';

const TABLE = {
  listen: { variable: 'LISTEN', meaning: 'where', fallback: '127.0.0.1:8080', parse: form.address },
  sslDir: { variable: 'SSL_DIR', meaning: 'certificates', parse: form.text },
  wait: { variable: 'WAIT', meaning: 'how long', fallback: '50', parse: form.seconds },
  once: { variable: 'ONCE', meaning: 'end after one', isSwitch: true, parse: form.flag },
  password: { variable: 'PASSWORD', meaning: 'secret', isSecret: true, parse: form.count },
} as const;

test('flags win over the environment, the environment over defaults', () => {
  const parsed = parseSettings(TABLE, {
    env: { LISTEN: '[::1]:0', SSL_DIR: '', WAIT: '5' },
    argv: ['serve', '--wait=0.5', '--once'],
  });
  assert.deepEqual(parsed, {
    kind: 'settings',
    values: { listen: { host: '::1', port: 0 }, wait: 500, once: true },
    words: ['serve'],
  });
});

test('every problem is told at once, and a secret is not repeated', () => {
  const parsed = parseSettings(TABLE, {
    env: { LISTEN: 'nowhere', PASSWORD: 'hunter2' },
    argv: ['--wait', 'long'],
  });
  assert.deepEqual(parsed.kind === 'problems' && parsed.problems, [
    'LISTEN "nowhere": expected host:port',
    '--wait "long": expected a number of seconds',
    'PASSWORD: expected a whole number',
  ]);
});

test('an unknown flag is a problem, --help is not', () => {
  assert.equal(parseSettings(TABLE, { env: {}, argv: ['--nope'] }).kind, 'problems');
  assert.equal(parseSettings(TABLE, { env: {}, argv: ['--help'] }).kind, 'help');
  assert.match(
    describeSettings(TABLE),
    /--ssl-dir VALUE\n {6}SSL_DIR: certificates\n {2}--wait VALUE/,
  );
});
