import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { HELP, readSettings } from '../../reloader/settings.ts';
import { VERSION } from '../../reloader/version.ts';

test('every problem is told at once', () => {
  const parsed = readSettings({
    env: { RENDERER: 'ftp://x', STATE_DIR: '/a b', PARAMS: 'ssldir=x' },
    argv: ['--wait=soon', '--listen=8081'],
  });
  assert.equal(parsed.kind, 'problems');
  assert.equal(parsed.kind === 'problems' && parsed.problems.length, 5);
});

test('words that are no flag, and half a client certificate, are refused', () => {
  const parsed = readSettings({ env: { CERT_FILE: 'c' }, argv: ['serve'] });
  assert.equal(parsed.kind === 'problems' && parsed.problems.length, 2);
});

test('settings have their units and forms', () => {
  const argv = ['--wait=2.5', '--params=zone=a,role=b', '--listen=off', '--once'];
  const parsed = readSettings({ env: {}, argv });
  assert.ok(parsed.kind === 'settings');
  const { wait, params, listen, once } = parsed.values;
  assert.deepEqual(
    { wait, params, listen, once },
    {
      wait: 2500,
      params: { zone: 'a', role: 'b' },
      listen: 'off',
      once: true,
    },
  );
});

test("help names every setting of the contract, and the version is the package's", () => {
  for (const name of ['RENDERER', 'STATE_DIR', 'HAPROXY', 'MASTER_SOCKET', 'LISTEN'])
    assert.match(HELP, new RegExp(`${name}: `));
  const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
  assert.equal(VERSION, version);
});
