import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createFindStranger, readHostName } from '../../functions/wire/own-hosts.ts';

const ALLOWED = ['lb.example.com', '192.0.2.7', '2001:db8::7'];

interface Request {
  readonly listen?: string;
  readonly here?: string;
  readonly url?: string;
  readonly origin?: string;
}

const codeOf = (hosts: string[], { listen = '127.0.0.1', here, url, origin }: Request = {}) =>
  createFindStranger({ listen, more: ALLOWED.map(readHostName) })({
    url,
    rawHeaders: [
      ...hosts.flatMap((host) => ['Host', host]),
      ...(origin === undefined ? [] : ['ORIGIN', origin]),
    ],
    socket: { localAddress: here },
  })?.code;

const OWN: [reason: string, host: string, request?: Request][] = [
  ['a loopback name', 'localhost'],
  ['whatever the port, since ports are forwarded', 'localhost:9999'],
  ['whatever the case, and with the dot of the root', 'LocalHost.:80'],
  ['a loopback address', '127.0.0.1:8080'],
  ['any of them', '127.1.2.3'],
  ['on IPv6', '[::1]:8080'],
  ['an IPv4 address in the clothes of IPv6', '[::ffff:127.0.0.1]'],
  ['what LISTEN says', 'proxy-1.internal:8080', { listen: 'proxy-1.internal' }],
  ['what LISTEN says, on IPv6', '[2001:DB8:0::1]', { listen: '2001:db8::1' }],
  [
    'an address of the machine that it came to',
    '10.0.0.5:8080',
    { listen: '::', here: '10.0.0.5' },
  ],
  ['the same of a socket for both', '10.0.0.5', { listen: '::', here: '::ffff:10.0.0.5' }],
  ['the same on IPv6', '[fe80::1]', { listen: '::', here: 'fe80::1%eth0' }],
  ['a name of the setting', 'lb.example.com'],
  ['an address of the setting', '192.0.2.7:1'],
  ['an IPv6 address of the setting', '[2001:db8:0:0::7]'],
];

test('hosts that it goes by are answered', () => {
  for (const [reason, host, request] of OWN)
    assert.equal(codeOf([host], request), undefined, reason);
  assert.equal(codeOf([]), undefined, 'HTTP/1.0 without a host, which no browser speaks');
});

const STRANGE: [reason: string, host: string, request?: Request][] = [
  ['a name that was rebound', 'rebind.example.net:8080'],
  ['a name that begins like loopback', 'localhost.example.net'],
  ['a name that begins like an address', '127.0.0.1.example.net'],
  ['a name below one of the setting', 'x.lb.example.com'],
  ['an address of another machine', '10.0.0.6', { listen: '::', here: '10.0.0.5' }],
  ['nothing', ''],
  ['a user before the host', 'localhost@rebind.example.net'],
  ['a path', 'localhost/x'],
  ['an escape', '%6cocalhost'],
  ['a port that is none', 'localhost:99999'],
  ['two hosts in one', 'localhost, rebind.example.net'],
  ['a target that names another', 'localhost', { url: 'http://rebind.example.net/bundle' }],
];

test('any other host is misdirected', () => {
  for (const [reason, host, request] of STRANGE)
    assert.equal(codeOf([host], request), 'misdirected-request', reason);
  assert.equal(codeOf(['localhost', 'x.example']), 'misdirected-request', 'one of two');
});

test('an origin is that of the host, or foreign', () => {
  const from = (host: string, origin: string) => codeOf([host], { origin });
  assert.equal(from('localhost:8080', 'http://localhost:8080'), undefined);
  assert.equal(from('lb.example.com', 'https://LB.example.com'), undefined, 'behind TLS');
  assert.equal(from('lb.example.com:443', 'https://lb.example.com'), undefined);
  for (const origin of [
    'http://rebind.example.net',
    'null',
    '',
    'http://localhost:3000',
    'file://',
  ])
    assert.equal(from('localhost:8080', origin), 'foreign-origin', origin);
});

test('a setting takes names and addresses, and neither ports nor URLs', () => {
  assert.equal(readHostName('LB.Example.com.'), 'lb.example.com');
  assert.equal(readHostName('2001:DB8::1'), '2001:db8::1');
  assert.equal(readHostName('[2001:DB8::1]'), '2001:db8::1');
  for (const text of ['lb:80', '[::1]:80', 'http://lb', 'a b', '[x]'])
    assert.throws(() => readHostName(text), /without a port/, text);
});
