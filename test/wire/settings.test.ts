import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeSettings, form, parseSettings } from '../../functions/wire/settings.ts';

const TABLE = {
  listen: {
    variable: 'LISTEN',
    value: 'HOST:PORT',
    meaning: 'where',
    fallback: '127.0.0.1:8080',
    parse: form.address,
  },
  sslDir: { variable: 'SSL_DIR', value: 'FOLDER', meaning: 'certificates', parse: form.text },
  wait: {
    variable: 'WAIT',
    value: 'SECONDS',
    meaning: 'how long',
    fallback: '50',
    parse: form.seconds,
  },
  once: {
    variable: 'ONCE',
    meaning: 'end after one',
    isSwitch: true,
    fallback: 'false',
    parse: form.flag,
  },
  password: {
    variable: 'PASSWORD',
    value: 'PASSWORD',
    meaning: 'secret',
    fallback: '1',
    isSecret: true,
    parse: form.count,
  },
} as const;

test('flags win over the environment, the environment over defaults', () => {
  const parsed = parseSettings(TABLE, {
    env: { LISTEN: '[::1]:0', SSL_DIR: '', WAIT: '5' },
    argv: ['serve', '--wait=0.5', '--once'],
  });
  assert.deepEqual(parsed, {
    kind: 'settings',
    values: { listen: { host: '::1', port: 0 }, wait: 500, once: true, password: 1 },
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

test('an unknown flag is a problem, --help and --version are not, whatever else is wrong', () => {
  const kindOf = (...argv: string[]) => parseSettings(TABLE, { env: { WAIT: 'long' }, argv }).kind;
  assert.equal(kindOf('--nope'), 'problems');
  assert.equal(kindOf('--help'), 'help');
  assert.equal(kindOf('-h', '--version'), 'help');
  assert.equal(kindOf('--version'), 'version');
});

test('help has each flag with its value as people write it, by subject, and its default', () => {
  const { listen, sslDir, ...others } = TABLE;
  const text = describeSettings([
    { title: 'Places', settings: { listen, sslDir } },
    { title: 'Others', settings: others },
  ]);
  assert.equal(
    text,
    `Places

  --listen HOST:PORT
      LISTEN: where (default 127.0.0.1:8080)
  --ssl-dir FOLDER
      SSL_DIR: certificates

Others

  --wait SECONDS
      WAIT: how long (default 50)
  --once
      ONCE: end after one
  --password PASSWORD
      PASSWORD: secret

Of the command itself

  --help
      this text
  --version
      the version
`,
  );
});

test('help is broken between words, at 100 columns', () => {
  const meaning = 'word '.repeat(100).trim();
  const settings = { long: { variable: 'LONG', value: 'TEXT', meaning, parse: form.text } };
  const lines = describeSettings([{ title: 'Long', settings }]).split('\n');
  assert.ok(lines.every((line) => line.length <= 100));
  const told = lines.filter((line) => line.startsWith('      ') && line.includes('word'));
  assert.equal(told.map((line) => line.trim()).join(' '), `LONG: ${meaning}`);
});
