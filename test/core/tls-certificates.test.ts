import assert from 'node:assert/strict';
import { test } from 'node:test';
import { certificateNames, certificatePath } from '../../functions/core/certificate-names.ts';
import { readCertificates } from '../../functions/core/certificates.ts';
import { withoutKeys } from '../../functions/core/inputs/secret.ts';
import { readTlsCertificate, withTlsCertificates } from '../../functions/core/tls-certificates.ts';
import { makeCertificate } from '../kit/certificate.ts';

const root = await makeCertificate({ names: ['Root'], isAuthority: true });
const middle = await makeCertificate({ names: ['Middle'], isAuthority: true, issuer: root.issuer });
const leaf = await makeCertificate({ names: ['a.example'], issuer: middle.issuer });
const other = await makeCertificate({ names: ['b.example'] });

const base64 = (text: string) => Buffer.from(text).toString('base64');
const secret = (chain: string, key = leaf.keyPem, name = 'web') =>
  Buffer.from(
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'Secret',
      type: 'kubernetes.io/tls',
      metadata: { name, namespace: 'shop', labels: { use: 'edge' } },
      data: { 'tls.crt': base64(chain), 'tls.key': base64(key) },
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
