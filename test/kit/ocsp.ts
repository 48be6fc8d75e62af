import { createHash, KeyObject, X509Certificate, sign } from 'node:crypto';
import type { Issuer } from './certificate.ts';

type Part = Buffer | string;

/** A value in DER; its body is bytes, or hex. */
function der(tag: number, ...parts: readonly Part[]): Buffer {
  const body = Buffer.concat(
    parts.map((part) => (typeof part === 'string' ? Buffer.from(part, 'hex') : part)),
  );
  const { length } = body;
  const size = length < 0x80 ? '' : length.toString(16).padStart(length < 0x100 ? 2 : 4, '0');
  const head = size === '' ? [length] : [0x80 + size.length / 2, ...Buffer.from(size, 'hex')];
  return Buffer.concat([Buffer.from([tag, ...head]), body]);
}

const sequence = (...parts: readonly Part[]): Buffer => der(0x30, ...parts);
const identifier = (hex: string): Buffer => der(0x06, hex);
const time = (date: Date): Buffer =>
  der(0x18, Buffer.from(`${date.toISOString().replace(/[-:T]/g, '').slice(0, 14)}Z`));

const SHA1 = '2b0e03021a';
const SHA256 = '608648016503040201';
const ECDSA_SHA256 = '2a8648ce3d040302';
const BASIC = '2b0601050507300101';
const DAY_MS = 86_400_000;

export interface StapleRequest {
  /** The certificate that it is about. */
  readonly certificatePem: string;
  /** Who signed that, and signs this. */
  readonly issuer: Issuer;
  readonly status?: 'good' | 'revoked' | 'unknown';
  /** For so many days from now on. */
  readonly days?: number;
  /** Absent: SHA-1, as HAProxy needs. */
  readonly hash?: 'sha256';
  /** How many certificates it is about. */
  readonly singles?: number;
}

/** Makes an OCSP response (RFC 6960), as a responder with the authority's own key does. */
export function makeStaple(request: StapleRequest): Buffer {
  const { certificatePem, issuer, status = 'good', days = 5, hash = 'sha1', singles = 1 } = request;
  const authority = new X509Certificate(Buffer.from(issuer.certificate.rawData));
  const digest = (bytes: Uint8Array) => createHash(hash).update(bytes).digest();
  const name = Buffer.from(issuer.certificate.subjectName.toArrayBuffer());
  // An uncompressed point of P-256 is what such a key ends with.
  const key = authority.publicKey.export({ type: 'spki', format: 'der' }).subarray(-65);
  const { serialNumber } = new X509Certificate(certificatePem);
  const number = /^[89a-f]/i.test(serialNumber) ? `00${serialNumber}` : serialNumber;
  const id = sequence(
    sequence(identifier(hash === 'sha1' ? SHA1 : SHA256), der(0x05)),
    der(0x04, digest(name)),
    der(0x04, digest(key)),
    der(0x02, number),
  );
  const now = new Date();
  const told = { good: der(0x80), revoked: der(0xa1, time(now)), unknown: der(0x82) }[status];
  const until = time(new Date(now.getTime() + days * DAY_MS));
  const single = sequence(id, told, time(now), der(0xa0, until));
  const data = sequence(
    der(0xa1, name),
    time(now),
    sequence(...Array.from({ length: singles }, () => single)),
  );
  const signature = sign('sha256', data, KeyObject.from(issuer.keys.privateKey));
  const basic = sequence(data, sequence(identifier(ECDSA_SHA256)), der(0x03, '00', signature));
  return sequence(der(0x0a, '00'), der(0xa0, sequence(identifier(BASIC), der(0x04, basic))));
}
