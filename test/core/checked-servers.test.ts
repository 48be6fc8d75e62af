import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readCheckedServers } from '../../functions/core/checked-servers.ts';

const POD = { ip: '10.0.0.1', name: 'web-1' };

const isChecked = (lines: string, pod = POD, files: Readonly<Record<string, string>> = {}) =>
  readCheckedServers([
    { path: 'haproxy.cfg', content: lines },
    ...Object.entries(files).map(([name, content]) => ({ path: `files/${name}`, content })),
  ]).isChecked(pod);

const ROUTES: readonly (readonly [what: string, lines: string, is: boolean])[] = [
  ['its own word', 'backend b\n server web-1 10.0.0.1:80 check', true],
  ['none', 'backend b\n server web-1 10.0.0.1:80', false],
  ['the word as a value', 'backend b\n server web-1 10.0.0.1:80 cookie check', false],
  ['the word in a comment', 'backend b\n server web-1 10.0.0.1:80 # check', false],
  ['the word in quotes', 'backend b\n server web-1 "10.0.0.1:80" "check"', true],
  ['a check of an agent alone', 'backend b\n server web-1 10.0.0.1:80 agent-check', false],
  ['the health of another', 'backend b\n server web-1 10.0.0.1:80 track c/s', false],
  ['an option that nobody knows', 'backend b\n server web-1 10.0.0.1:80 check news 1', false],
  ['default-server', 'backend b\n default-server check\n server web-1 10.0.0.1:80', true],
  ['default-server too late', 'backend b\n server web-1 10.0.0.1:80\n default-server check', false],
  [
    'default-server undone',
    'backend b\n default-server check\n server web-1 10.0.0.1:80 no-check',
    false,
  ],
  [
    'default-server of the defaults',
    'defaults\n default-server inter 1s check\nbackend b\n server web-1 10.0.0.1:80',
    true,
  ],
  [
    'default-server of other defaults',
    'defaults\n default-server check\ndefaults\n mode http\nbackend b\n server web-1 10.0.0.1:80',
    false,
  ],
  [
    'named defaults that take from others',
    'defaults a\n default-server check\ndefaults c from a\ndefaults d\nbackend b from c\n server web-1 10.0.0.1:80',
    true,
  ],
  [
    'default-server that may not hold',
    'backend b\n .if defined(X)\n default-server check\n .endif\n server web-1 10.0.0.1:80',
    false,
  ],
  [
    'two servers of one pod, one without',
    'backend b\n server web-1 10.0.0.1:80 check\nlisten c\n server web-1 10.0.0.1:81',
    false,
  ],
  ['a peer', 'peers p\n server web-1 10.0.0.1:80 check', false],
  [
    'clients that stay with a server that is down',
    'defaults\n option persist\nbackend b\n server web-1 10.0.0.1:80 check',
    false,
  ],
  [
    'clients that stay no more',
    'defaults\n option persist\nbackend b\n no option persist\n server web-1 10.0.0.1:80 check',
    true,
  ],
  [
    'an address that a rule sends to',
    'backend b\n http-request set-dst ipv4(10.0.0.1)\n server web-1 10.0.0.1:80 check',
    false,
  ],
  ['an address in a comment', 'backend b\n # 10.0.0.1\n server web-1 10.0.0.1:80 check', true],
  ['another address', 'backend b\n server other 10.0.0.11:80', true],
  ['its name in the place of its address', 'backend b\n server w web-1.web.shop.svc:80', false],
  ['a server of its name elsewhere', 'backend b\n server web-1 10.0.0.9:80', false],
  ['a family before the address', 'backend b\n server web-1 ipv4@10.0.0.1:80 check', true],
  ['no server at all', 'backend b\n mode http', true],
];

for (const [what, lines, is] of ROUTES)
  test(`whether HAProxy checks a pod: ${what}`, () => assert.equal(isChecked(lines), is));

test('whether HAProxy checks a pod: IPv6, in brackets or not', () => {
  const pod = { ip: 'fd00::1', name: 'web-1' };
  assert.equal(isChecked('backend b\n server w [FD00::1]:80 check', pod), true);
  assert.equal(isChecked('backend b\n server w [fd00::1]:80', pod), false);
  assert.equal(isChecked('backend b\n server w fd00::1:80', pod), false);
  assert.equal(isChecked('backend b\n http-request set-dst ipv6(fd00::1)', pod), false);
});

test('whether HAProxy checks a pod: an address in a file beside the configuration is one that it may send to', () => {
  const lines = 'backend b\n server web-1 10.0.0.1:80 check';
  assert.equal(isChecked(lines, POD, { 'pods.map': 'a 10.0.0.1\n' }), false);
  assert.equal(isChecked(lines, POD, { 'pods.map': 'a 10.0.0.2\n' }), true);
});
