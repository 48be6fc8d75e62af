import { KeyObject, webcrypto } from 'node:crypto';
import * as x509 from './x509.ts';

/** A certificate of a test's own, self-signed or signed by another. */
export interface TestCertificate {
  readonly certificatePem: string;
  readonly keyPem: string;
  readonly issuer: Issuer;
}

export interface Issuer {
  readonly certificate: x509.X509Certificate;
  readonly keys: CryptoKeyPair;
}

export interface CertificateRequest {
  /** The first is the subject's common name. */
  readonly names: readonly string[];
  readonly days?: number;
  /** Who signs; itself where absent. */
  readonly issuer?: Issuer;
  readonly isAuthority?: boolean;
  /** `ecdsa` unless given. */
  readonly keyType?: 'rsa' | 'ecdsa';
}

type CryptoKeyPair = webcrypto.CryptoKeyPair;

const ECDSA = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const RSA = {
  name: 'RSASSA-PKCS1-v1_5',
  hash: 'SHA-256',
  modulusLength: 2048,
  publicExponent: new Uint8Array([1, 0, 1]),
};
const DAY_MS = 86_400_000;
let serial = Date.now();

function alternativeName(name: string): x509.JsonGeneralName {
  return { type: /^[\d.]+$/.test(name) ? 'ip' : 'dns', value: name };
}

/** Makes a certificate (ECDSA P-256, or RSA), valid from yesterday for so many days. */
export async function makeCertificate(request: CertificateRequest): Promise<TestCertificate> {
  const { names, days = 30, issuer, isAuthority = false, keyType = 'ecdsa' } = request;
  const algorithm = keyType === 'rsa' ? RSA : ECDSA;
  const keys = (await webcrypto.subtle.generateKey(algorithm, true, [
    'sign',
    'verify',
  ])) as CryptoKeyPair;
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: (serial++).toString(16),
    subject: `CN=${names[0]}`,
    issuer: issuer?.certificate.subject ?? `CN=${names[0]}`,
    notBefore: new Date(Date.now() - DAY_MS),
    notAfter: new Date(Date.now() + days * DAY_MS),
    signingAlgorithm: issuer ? ECDSA : algorithm,
    publicKey: keys.publicKey,
    signingKey: issuer?.keys.privateKey ?? keys.privateKey,
    extensions: [
      new x509.BasicConstraintsExtension(isAuthority),
      new x509.SubjectAlternativeNameExtension(names.map(alternativeName)),
    ],
  });
  const key = KeyObject.from(keys.privateKey);
  return {
    certificatePem: `${certificate.toString('pem')}\n`,
    keyPem: key.export({ type: 'pkcs8', format: 'pem' }) as string,
    issuer: { certificate, keys },
  };
}
