import assert from 'node:assert/strict';
import { test } from 'node:test';
import { certificateNames, certificatePath } from '../../functions/core/certificate-names.ts';
import { readCertificates } from '../../functions/core/certificates.ts';
import { withoutKeys } from '../../functions/core/inputs/secret.ts';
import { readTlsCertificate, withTlsCertificates } from '../../functions/core/tls-certificates.ts';
import { makeCertificate } from '../kit/certificate.ts';
import { oneOf } from '../kit/full-size.ts';
import { makeStaple } from '../kit/ocsp.ts';

const root = await makeCertificate({ names: ['Root'], isAuthority: true });
const middle = await makeCertificate({ names: ['Middle'], isAuthority: true, issuer: root.issuer });
const leaf = await makeCertificate({ names: ['a.example'], issuer: middle.issuer });
const other = await makeCertificate({ names: ['b.example'] });

const base64 = (text: string) => Buffer.from(text).toString('base64');
const secret = (chain: string, key = leaf.keyPem, name = 'web', staple?: Buffer) =>
  Buffer.from(
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'Secret',
      type: 'kubernetes.io/tls',
      metadata: { name, namespace: 'shop', labels: { use: 'edge' } },
      data: {
        'tls.crt': base64(chain),
        'tls.key': base64(key),
        ...(staple && { 'tls.ocsp-staple': staple.toString('base64') }),
      },
    }),
  );
const IN_ORDER = [leaf, middle, root].map(({ certificatePem }) => certificatePem.trim()).join('\n');

test('a chain in any order is put in order, each certificate once', () => {
  const { certificatePem: a } = leaf;
  const { certificatePem: b } = middle;
  const { certificatePem: c } = root;
  for (const chain of [a + b + c, c + b + a, b + c + a, a + c + b, a + a + b + c + b]) {
    const { certificate, diagnostics } = readTlsCertificate(secret(chain));
    assert.deepEqual(diagnostics, []);
    assert.equal(certificate?.name, 'shop_web');
    assert.equal(certificate.pem, `${leaf.keyPem}${IN_ORDER}\n`);
    assert.deepEqual(certificate.hostnames, ['a.example']);
  }
});

test('what is none of the chain is left out, and told', () => {
  const { certificate, diagnostics } = readTlsCertificate(
    secret(other.certificatePem + middle.certificatePem + leaf.certificatePem),
  );
  assert.ok(!certificate?.pem.includes(other.certificatePem.trim()));
  assert.deepEqual(
    diagnostics.map(({ severity, code, where }) => [severity, code, where.object]),
    [['warning', 'certificate-chain', 'secrets/shop/web']],
  );
});

test('one that is not in order is left out, and says why without its key', () => {
  for (const [json, code] of [
    [secret(IN_ORDER, other.keyPem), 'certificate-key-mismatch'],
    [secret('none'), 'certificate-parse'],
    [secret(IN_ORDER, 'none'), 'key-parse'],
    [Buffer.from('{"metadata":{"name":"web","namespace":"shop"}}'), 'certificate-parse'],
  ] as const) {
    const { certificate, diagnostics } = readTlsCertificate(json);
    assert.equal(certificate, undefined);
    assert.deepEqual(
      diagnostics.map((found) => [found.code, found.where.object]),
      [[code, 'secrets/shop/web']],
    );
    assert.ok(!JSON.stringify(diagnostics).includes(leaf.keyPem.slice(40, 60)));
  }
});

test('certificates of Secrets join the others, whose names come first', () => {
  const own = readCertificates({
    chains: { z: other.certificatePem, shop_web: other.certificatePem },
    keys: { z: base64(other.keyPem), shop_web: base64(other.keyPem) },
    namespace: 'lb',
  });
  const results = ['web', 'a'].map((name) =>
    readTlsCertificate(secret(IN_ORDER, leaf.keyPem, name)),
  );
  const { certificates } = withTlsCertificates(own, results);
  assert.deepEqual(
    certificates.map(({ name, hostnames }) => [name, ...hostnames]),
    [
      ['shop_a', 'a.example'],
      ['shop_web', 'b.example'],
      ['z', 'b.example'],
    ],
  );
});

test('keys of two types are one certificate for templates, and beside each other for HAProxy', () => {
  const both = ['www.rsa', 'www.ecdsa'].map((name) =>
    readTlsCertificate(secret(IN_ORDER, leaf.keyPem, name)),
  );
  const own = readCertificates({ chains: {}, keys: {}, namespace: 'lb' });
  const names = withTlsCertificates(own, both).certificates.map(({ name }) => name);
  assert.deepEqual(names, ['shop_www.pem.ecdsa', 'shop_www.pem.rsa']);
  assert.deepEqual(names.map(certificatePath), names);
  assert.deepEqual(certificateNames(names), ['shop_www']);
  const shown = JSON.parse(
    Buffer.from(withoutKeys(secret(IN_ORDER, leaf.keyPem, 'www.rsa'))).toString(),
  );
  assert.equal(shown.certificate, 'shop_www');
});

test('templates see the name of a Secret, its labels and that of its certificate', () => {
  assert.deepEqual(JSON.parse(Buffer.from(withoutKeys(secret(IN_ORDER))).toString()), {
    apiVersion: 'v1',
    kind: 'Secret',
    type: 'kubernetes.io/tls',
    metadata: { name: 'web', namespace: 'shop', labels: { use: 'edge' } },
    certificate: 'shop_web',
  });
});

const stapled = (staple: Buffer, chain = IN_ORDER) =>
  readTlsCertificate(secret(chain, leaf.keyPem, 'web', staple));

test('an OCSP response that is about the certificate goes with it', () => {
  const staple = makeStaple({ ...leaf, issuer: middle.issuer });
  const { certificate, diagnostics } = stapled(staple);
  assert.deepEqual(diagnostics, []);
  assert.equal(certificate?.staple, staple.toString('base64'));
});

test('one that HAProxy would not take is left out and told; the certificate is there all the same', () => {
  const good = makeStaple({ ...leaf, issuer: middle.issuer });
  const rows: readonly (readonly [staple: Buffer, why: RegExp, chain?: string])[] = [
    [Buffer.from('none'), /is not an OCSP response in DER/],
    [good.subarray(0, -1), /is not an OCSP response in DER/],
    [Buffer.concat([good, good]), /is not an OCSP response in DER/],
    [Buffer.from([0x30, 3, 0x0a, 1, 3]), /responder that failed \(status 3\)/],
    [makeStaple({ ...other, issuer: middle.issuer }), /with the serial number [0-9A-F]+/],
    [makeStaple({ ...leaf, issuer: root.issuer }), /of another authority/],
    [makeStaple({ ...leaf, issuer: middle.issuer, hash: 'sha256' }), /by another hash/],
    [makeStaple({ ...leaf, issuer: middle.issuer, status: 'revoked' }), /certificate is revoked/],
    [makeStaple({ ...leaf, issuer: middle.issuer, status: 'unknown' }), /certificate is unknown/],
    [makeStaple({ ...leaf, issuer: middle.issuer, singles: 2 }), /about 2 certificates/],
    // HAProxy would not start: without the authority it cannot tell what the response is about.
    [good, /lacks the authority/, leaf.certificatePem],
  ];
  for (const [staple, why, chain] of rows) {
    const { certificate, diagnostics } = stapled(staple, chain);
    assert.equal(certificate?.name, 'shop_web');
    assert.equal(certificate.staple, undefined);
    assert.deepEqual(
      diagnostics.map(({ severity, code, where }) => [severity, code, where.object, where.key]),
      [['warning', 'certificate-staple', 'secrets/shop/web', 'tls.ocsp-staple']],
    );
    assert.match(diagnostics[0]?.message ?? '', why);
  }
});

test('whatever the bytes of a response are, they are read or refused', () => {
  const good = makeStaple({ ...leaf, issuer: middle.issuer });
  for (const i of oneOf(4, [...good.keys()]))
    for (const bit of [1, 128]) {
      const changed = Buffer.from(good);
      changed[i] = (changed[i] ?? 0) ^ bit;
      const { certificate } = stapled(changed);
      assert.equal(certificate?.name, 'shop_web');
    }
});
