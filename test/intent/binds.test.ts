import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findSharedBinds } from '../../functions/intent/binds.ts';

const configOf = (a: string, b: string): string =>
  `frontend a\n  bind ${a}\n  default_backend x\nlisten b\n  bind ${b}\n  server s 127.0.0.1:1\n`;

const SAME: readonly (readonly [string, string])[] = [
  ['127.0.0.1:80', '127.0.0.1:80 accept-proxy'],
  [':80', '*:80'],
  ['0.0.0.0:80', 'ipv4@*:80'],
  ['[::]:80 v4v6', ':::80'],
  ['ipv6@*:80', ':::80'],
  ['127.0.0.1:80,127.0.0.1:81', '127.0.0.1:81'],
  [':80-85', ':83'],
  ['/run/x.sock', 'unix@/run/x.sock'],
  ['abns@x', 'abns@x'],
  ['"127.0.0.1:80"', '127.0.0.1:80'],
  ['quic4@:443', 'quic4@0.0.0.0:443'],
];
const OTHER: readonly (readonly [string, string])[] = [
  ['127.0.0.1:80', '127.0.0.1:81'],
  ['127.0.0.1:80', ':80'],
  [':443 ssl', 'quic4@:443 ssl'],
  [':80 interface eth0', ':80 interface eth1'],
  [':80', ':80 namespace blue'],
  ['abns@x', '/x'],
];

for (const [a, b] of SAME)
  test(`${a} and ${b} are one address`, () => {
    const [shared, ...more] = findSharedBinds(configOf(a, b));
    assert.deepEqual(more, []);
    assert.deepEqual(
      shared?.binds.map(({ header }) => header),
      ['frontend a', 'listen b'],
    );
  });

for (const [a, b] of OTHER)
  test(`${a} and ${b} are two`, () => {
    assert.deepEqual(findSharedBinds(configOf(a, b)), []);
  });

test('one proxy may listen at an address several times, and where HAProxy alone knows, nothing is said', () => {
  assert.deepEqual(
    findSharedBinds('frontend a\n  bind :80 thread 1\n  bind :80 thread 2\nbackend b\n'),
    [],
  );
  const conditional =
    '.if feature(QUIC)\nfrontend a\n  bind :80\n.else\nfrontend b\n  bind :80\n.endif\n';
  assert.deepEqual(findSharedBinds(conditional), []);
});
