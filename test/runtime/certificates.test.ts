import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { connect } from 'node:tls';
import { createTombstones } from '../../reloader/runtime/tombstones.ts';
import { runOperations } from '../../reloader/runtime.ts';
import { makeCertificate } from '../kit/certificate.ts';
import { makeStaple } from '../kit/ocsp.ts';
import { stapleOf } from '../kit/stapled.ts';
import { type Files, startLive } from './live.ts';

const pem = async (...names: string[]) => {
  const { keyPem, certificatePem } = await makeCertificate({ names });
  return `${keyPem}\n# chain\n\n${certificatePem}`;
};

const config = (root: string) => `defaults
  mode http
  timeout client 5s
  timeout server 5s
  timeout connect 5s
frontend f
  bind unix@${root}/folder.sock ssl crt ${root}/ssl
  bind unix@${root}/list.sock ssl crt-list ${root}/files/list
  bind unix@${root}/file.sock ssl crt ${root}/ssl/a.pem
`;

/** The common name that a listener answers with. */
function served(root: string, socket: string, servername: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const path = join(root, socket);
    const connection = connect({ path, servername, rejectUnauthorized: false }, () => {
      resolve(connection.getPeerCertificate().serialNumber);
      connection.destroy();
    });
    connection.on('error', reject);
  });
}

test('certificates are renewed, added and removed without a reload', async (t) => {
  const [a, b] = [await pem('a.test'), await pem('b.test')];
  const list = 'ROOT/ssl/a.pem\n';
  const first = { 'ssl/a.pem': a, 'files/list': list };
  const { root, to } = await startLive(t, config, first);
  const before = await served(root, 'folder.sock', 'a.test');

  // Comments and blank lines in a PEM file are nothing to HAProxy.
  assert.deepEqual(await to({ ...first, 'ssl/a.pem': a.replace('# chain', '# other') }), []);

  const renewed = { ...first, 'ssl/a.pem': await pem('a.test') };
  assert.deepEqual(await to(renewed), ['set-certificate ROOT/ssl/a.pem']);
  const after = await served(root, 'folder.sock', 'a.test');
  assert.notEqual(after, before);
  for (const socket of ['list.sock', 'file.sock'])
    assert.equal(await served(root, socket, 'a.test'), after, socket);

  const grown = { ...renewed, 'ssl/b.pem': b };
  assert.deepEqual(await to(grown), [
    'new-certificate ROOT/ssl/b.pem',
    'list-certificate ROOT/ssl ROOT/ssl/b.pem',
  ]);
  const second = await served(root, 'folder.sock', 'b.test');
  assert.notEqual(second, after);
  assert.equal(await served(root, 'list.sock', 'b.test'), after, 'the default one');

  const line = 'ROOT/ssl/b.pem [alpn h2] c.test\n';
  const listed = { ...grown, 'files/list': `${list}# named\n${line}` };
  assert.deepEqual(await to(listed), [
    'list-certificate ROOT/files/list ROOT/ssl/b.pem [alpn h2] c.test',
  ]);
  assert.equal(await served(root, 'list.sock', 'c.test'), second);
  assert.equal(await served(root, 'list.sock', 'b.test'), after);

  assert.deepEqual(await to({ ...renewed, 'files/list': list }), [
    'unlist-certificate ROOT/ssl ROOT/ssl/b.pem',
    'unlist-certificate ROOT/files/list ROOT/ssl/b.pem',
    'delete-certificate ROOT/ssl/b.pem',
  ]);
  assert.equal(await served(root, 'folder.sock', 'b.test'), after);
});

/** The serial number of the certificate that a client gets who knows signatures of one type alone. */
function servedTo(root: string, socket: string, sigalgs: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = { path: join(root, socket), servername: 'a.test', rejectUnauthorized: false };
    const connection = connect({ ...options, sigalgs, maxVersion: 'TLSv1.2' }, () => {
      resolve(connection.getPeerCertificate().serialNumber);
      connection.destroy();
    });
    connection.on('error', reject);
  });
}

test('a certificate with keys of two types serves clients of both, and each is renewed without a reload', async (t) => {
  const typed = async (keyType: 'rsa' | 'ecdsa') => {
    const { keyPem, certificatePem } = await makeCertificate({ names: ['a.test'], keyType });
    return `${keyPem}${certificatePem}`;
  };
  const named = (root: string) => config(root).replace(/.*(folder|list)\.sock.*\n/g, '');
  const first = { 'ssl/a.pem.rsa': await typed('rsa'), 'ssl/a.pem.ecdsa': await typed('ecdsa') };
  const { root, to } = await startLive(t, named, first);
  const rsa = () => servedTo(root, 'file.sock', 'RSA+SHA256');
  const ecdsa = () => servedTo(root, 'file.sock', 'ECDSA+SHA256');
  const [byRsa, byEcdsa] = [await rsa(), await ecdsa()];
  assert.notEqual(byRsa, byEcdsa);
  const renewed = { ...first, 'ssl/a.pem.rsa': await typed('rsa') };
  assert.deepEqual(await to(renewed), ['set-certificate ROOT/ssl/a.pem.rsa']);
  assert.notEqual(await rsa(), byRsa);
  assert.equal(await ecdsa(), byEcdsa);
  const { 'ssl/a.pem.rsa': _, ...one } = first;
  const [told] = await to(one);
  assert.match(told ?? '', /gets or loses a type of keys/);
});

test('an OCSP response is renewed without a reload, and comes or goes with one', async (t) => {
  const authority = await makeCertificate({ names: ['CA'], isAuthority: true });
  const make = () => makeCertificate({ names: ['a.test'], issuer: authority.issuer });
  const leaf = await make();
  const pemOf = ({ keyPem, certificatePem }: typeof leaf) =>
    `${keyPem}${certificatePem}${authority.certificatePem}`;
  const staple = (days: number) =>
    makeStaple({ ...leaf, issuer: authority.issuer, days }).toString('base64');
  const plain = { 'ssl/a.pem': pemOf(leaf), 'files/list': 'ROOT/ssl/a.pem\n' };
  const first = { ...plain, 'ssl/a.pem.ocsp': staple(5) };
  const { root, to, run, instance } = await startLive(t, config, first);
  const sockets = ['folder.sock', 'list.sock', 'file.sock'];
  const served = () => Promise.all(sockets.map((socket) => stapleOf({ path: join(root, socket) })));
  const all = (of: string) => sockets.map(() => of);
  assert.deepEqual(await served(), all(first['ssl/a.pem.ocsp']));

  const renewed = { ...first, 'ssl/a.pem.ocsp': staple(6) };
  assert.deepEqual(await to(renewed), ['set-staple ROOT/ssl/a.pem']);
  assert.deepEqual(await served(), all(renewed['ssl/a.pem.ocsp']));

  // What HAProxy does not take is a surprise, and what it had stays.
  for (const [what, wrong] of [
    ['garbage', Buffer.from('garbage').toString('base64')],
    [
      'another certificate',
      makeStaple({ ...(await make()), issuer: authority.issuer }).toString('base64'),
    ],
  ] as const) {
    const file = join(root, 'ssl/a.pem');
    const result = await run([{ kind: 'set-staple', file, staple: wrong }]);
    assert.equal(result.kind, 'surprise', what);
  }
  assert.deepEqual(await served(), all(renewed['ssl/a.pem.ocsp']));
  assert.match((await to(plain))[0] ?? '', /OCSP response of .*a\.pem comes or goes/);
  const other = { ...renewed, 'ssl/a.pem': pemOf(await make()) };
  assert.match((await to(other))[0] ?? '', /a\.pem, which has an OCSP response, becomes another/);
  assert.match(await instance.ask('show ssl ocsp-response'), /Certificate ID key/);
});

test('an OCSP response of a certificate that is loaded without one is a surprise', async (t) => {
  const authority = await makeCertificate({ names: ['CA'], isAuthority: true });
  const leaf = await makeCertificate({ names: ['a.test'], issuer: authority.issuer });
  const staple = makeStaple({ ...leaf, issuer: authority.issuer }).toString('base64');
  const pem = `${leaf.keyPem}${leaf.certificatePem}${authority.certificatePem}`;
  const files = { 'ssl/a.pem': pem, 'files/list': 'ROOT/ssl/a.pem\n' };
  const { root, run } = await startLive(t, config, files);
  const result = await run([{ kind: 'set-staple', file: join(root, 'ssl/a.pem'), staple }]);
  assert.equal(result.kind, 'surprise');
});

test('what HAProxy would not do as a start does is a reload', async (t) => {
  const [a, b, wide] = [await pem('a.test'), await pem('b.test'), await pem('a.test', 'b.test')];
  const list = 'ROOT/ssl/a.pem\n';
  const first = { 'ssl/a.pem': a, 'ssl/b.pem': b, 'files/list': list };
  const { to } = await startLive(t, config, first);
  const rows: readonly (readonly [why: string, files: Files, reason: RegExp])[] = [
    ['another default', { ...first, 'ssl/0.pem': await pem('0.test') }, /by default/],
    ['two for one name', { ...first, 'ssl/w.pem': wide }, /are both for [ab]\.test/],
    ['a renewal that takes a name', { ...first, 'ssl/b.pem': wide }, /are both for a\.test/],
    ['no key', { ...first, 'ssl/b.pem': b.slice(b.indexOf('# chain')) }, /not one key/],
    ['no certificate', { ...first, 'ssl/b.pem': 'PEM' }, /not one key/],
    ['an OCSP answer', { ...first, 'ssl/b.pem.ocsp': 'x' }, /OCSP response .* comes or goes/],
    ['a pair of key types', { ...first, 'ssl/b.rsa': b }, /belongs to another/],
    ['a list that names a file twice', { ...first, 'files/list': list + list }, /names .* again/],
    ['a list with quotes', { ...first, 'files/list': `"ROOT/ssl/a.pem"\n` }, /not understood/],
    [
      'another order of a list',
      { ...first, 'files/list': `ROOT/ssl/b.pem\n${list}` },
      /by default/,
    ],
    [
      'other options',
      { ...first, 'files/list': 'ROOT/ssl/a.pem [alpn h2]\n' },
      /by default|changes/,
    ],
    [
      'too large',
      { ...first, 'ssl/b.pem': b + b.slice(b.indexOf('-----BEGIN CERT')).repeat(40) },
      /larger than/,
    ],
  ];
  for (const [why, files, reason] of rows) {
    const told = await to(files);
    assert.equal(told.length, 1, why);
    assert.match(told[0] ?? '', reason, why);
  }
});

test('a key that does not fit is a surprise, and the transaction is taken back', async (t) => {
  const [a, b] = [await pem('a.test'), await pem('b.test')];
  const { root, instance } = await startLive(t, config, {
    'ssl/a.pem': a,
    'files/list': 'ROOT/ssl/a.pem\n',
  });
  const mixed = `${b.slice(0, b.indexOf('-----BEGIN CERT'))}${a.slice(a.indexOf('-----BEGIN CERT'))}`;
  const file = join(root, 'ssl/a.pem');
  const certificate = {
    pem: mixed
      .split('\n')
      .filter((l) => l !== '' && !l.startsWith('#'))
      .join('\n'),
    fingerprint: '',
    names: [],
  };
  const run = async (name: string) => {
    const session = instance.open('worker');
    const operations = [{ kind: 'set-certificate', file: name, certificate }] as const;
    const result = await runOperations({ operations, session, tombstones: createTombstones() });
    session.close();
    return result;
  };
  const result = await run(file);
  assert.equal(result.kind, 'surprise');
  assert.ok(!JSON.stringify(result).includes('BEGIN'));
  assert.ok(!(await instance.ask('show ssl cert')).includes('*'), 'no transaction is open');

  // Another's open transaction: 2.6 would take this content for that one's.
  await instance.ask(
    `set ssl cert ${file}`,
    a
      .split('\n')
      .filter((l) => l !== '' && !l.startsWith('#'))
      .join('\n'),
  );
  assert.equal((await run('/not/loaded.pem')).kind, 'surprise');
});

const strict = (root: string) => `defaults
  mode http
  timeout client 5s
  timeout server 5s
  timeout connect 5s
frontend f
  bind unix@${root}/list.sock ssl strict-sni crt-list ${root}/files/list
`;

test('under strict-sni the first certificate comes and goes like any other, up to all of them', async (t) => {
  const pems = { a: await pem('a.test'), b: await pem('b.test') };
  const files = (...names: (keyof typeof pems)[]): Files => ({
    ...Object.fromEntries(names.map((name) => [`ssl/${name}.pem`, pems[name]])),
    'files/list': names.map((name) => `ROOT/ssl/${name}.pem\n`).join(''),
  });
  const { root, to } = await startLive(t, strict, files('b'));
  assert.deepEqual(await to(files('a', 'b')), [
    'new-certificate ROOT/ssl/a.pem',
    'list-certificate ROOT/files/list ROOT/ssl/a.pem',
  ]);
  const [a, b] = [
    await served(root, 'list.sock', 'a.test'),
    await served(root, 'list.sock', 'b.test'),
  ];
  assert.notEqual(a, b);
  await assert.rejects(served(root, 'list.sock', 'nobody.test'));
  assert.deepEqual(await to(files('a')), [
    'unlist-certificate ROOT/files/list ROOT/ssl/b.pem',
    'delete-certificate ROOT/ssl/b.pem',
  ]);
  assert.deepEqual(await to(files()), [
    'unlist-certificate ROOT/files/list ROOT/ssl/a.pem',
    'delete-certificate ROOT/ssl/a.pem',
  ]);
  await assert.rejects(served(root, 'list.sock', 'a.test'));
  assert.equal((await to(files('b'))).length, 2);
  assert.equal(await served(root, 'list.sock', 'b.test'), b);
});
