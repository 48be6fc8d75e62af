import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readCertificates } from '../../functions/core/certificates.ts';
import { makeCertificate } from '../kit/certificate.ts';

const base64 = (text: string) => Buffer.from(text).toString('base64');
const authority = await makeCertificate({ names: ['Test CA'], isAuthority: true });
const a = await makeCertificate({
  names: ['a.example', '127.0.0.1'],
  issuer: authority.issuer,
  days: 60,
});
const b = await makeCertificate({ names: ['b.example'] });
const chain = a.certificatePem + authority.certificatePem;

function read(chains: Record<string, string>, keys: Record<string, string>) {
  return readCertificates({ chains, keys, namespace: 'lb' });
}

test('a pair becomes one file: the key, then the chain, without comments, blanks and carriage returns', () => {
  const noisy = `# renewed in May\n\n${chain.replaceAll('\n', '\r\n')}\nsubject=/CN=a\n\n`;
  const { certificates, diagnostics } = read({ web: noisy }, { web: base64(`\n${a.keyPem}\n`) });
  assert.deepEqual(diagnostics, []);
  assert.equal(certificates[0]?.pem, a.keyPem + chain.replaceAll('\n\n', '\n'));
  assert.deepEqual(certificates[0]?.hostnames, ['127.0.0.1', 'a.example']);
});

test('the expiry is that of the certificate of the chain that ends first', () => {
  const { certificates } = read({ web: chain }, { web: base64(a.keyPem) });
  const days = ((certificates[0]?.expiresAt ?? 0) - Date.now()) / 86_400_000;
  assert.ok(days > 29 && days < 31, `${days}`);
});

const keyOfA = base64(a.keyPem);
const BAD: [reason: string, chain: string, key: string, code: string, name?: string][] = [
  ['the key is another one', chain, base64(b.keyPem), 'certificate-key-mismatch'],
  [
    'the leaf is not first',
    authority.certificatePem + a.certificatePem,
    keyOfA,
    'certificate-key-mismatch',
  ],
  ['there is no certificate in it', 'hello', keyOfA, 'certificate-parse'],
  [
    'the certificate is damaged',
    a.certificatePem.replace(/\n.{9}/, '\nAAAAAAAAA'),
    keyOfA,
    'certificate-parse',
  ],
  ['there is no key in it', chain, base64('hello'), 'key-parse'],
  ['the key is not base64 but PEM', chain, a.keyPem, 'key-parse'],
  [
    'the key is encrypted',
    chain,
    base64(a.keyPem.replaceAll('PRIVATE', 'ENCRYPTED PRIVATE')),
    'key-parse',
  ],
  ['the name climbs out', chain, keyOfA, 'certificate-name', '..'],
  ['the name is hidden', chain, keyOfA, 'certificate-name', '.web'],
  ['the name is a path', chain, keyOfA, 'certificate-name', 'a/b'],
  ['the name has a line feed', chain, keyOfA, 'certificate-name', 'a\nb'],
];

for (const [reason, pem, key, code, name = 'bad'] of BAD)
  test(`a certificate is left out, and the rest ships: ${reason}`, () => {
    const { certificates, diagnostics } = read(
      { [name]: pem, good: b.certificatePem },
      { [name]: key, good: base64(b.keyPem) },
    );
    assert.deepEqual(
      certificates.map((certificate) => certificate.name),
      ['good'],
    );
    assert.deepEqual(
      diagnostics.map((d) => [d.code, d.where.key]),
      [[code, name]],
    );
    assert.doesNotMatch(JSON.stringify(diagnostics), /BEGIN|AAAAAAAAA/);
  });

test('a chain without a key, or a key without a chain, is told', () => {
  const { certificates, diagnostics } = read({ one: chain }, { two: keyOfA });
  assert.deepEqual(certificates, []);
  assert.deepEqual(
    diagnostics.map((d) => [d.code, d.where.object, d.where.key]),
    [
      ['certificate-unpaired', 'configmaps/lb/certificates', 'one'],
      ['certificate-unpaired', 'secrets/lb/keys', 'two'],
    ],
  );
});
