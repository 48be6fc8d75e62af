import { generateKeyPairSync, sign } from 'node:crypto';
import type { CertificateFile } from '../core/assembly.ts';
import { sha256 } from '../wire/bundle.ts';

/** Of DER (X.690). */
const SEQUENCE = 0x30;
const SET = 0x31;
const INTEGER = 0x02;
const BIT_STRING = 0x03;
const UTF8_STRING = 0x0c;
const UTC_TIME = 0x17;
/** ecdsa-with-SHA256, and commonName, with their tags. */
const ECDSA_SHA256 = Buffer.from('06082a8648ce3d040302', 'hex');
const COMMON_NAME = Buffer.from('0603550403', 'hex');
const LINE = /.{1,64}/g;

function der(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  const size = length < 128 ? [length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}

const text = (tag: number, value: string) => der(tag, Buffer.from(value));

let made: CertificateFile | undefined;

/**
 * A certificate with its key, made anew in each process and delivered to nobody: HAProxy is asked about a configuration
 * with it where the real one is not here, and proxies have it (RFC 5280, section 4.1; version 1 will do).
 */
export function standIn(): CertificateFile {
  if (made) return made;
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const algorithm = der(SEQUENCE, ECDSA_SHA256);
  const name = der(SEQUENCE, der(SET, der(SEQUENCE, COMMON_NAME, text(UTF8_STRING, 'stand-in'))));
  const validity = der(SEQUENCE, text(UTC_TIME, '200101000000Z'), text(UTC_TIME, '491231235959Z'));
  const key = publicKey.export({ type: 'spki', format: 'der' });
  const serial = der(INTEGER, Buffer.from([1]));
  const body = der(SEQUENCE, serial, algorithm, name, validity, name, key);
  const signature = der(BIT_STRING, Buffer.from([0]), sign('sha256', body, privateKey));
  const lines = der(SEQUENCE, body, algorithm, signature).toString('base64').match(LINE) ?? [];
  const pem = ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''];
  const content = `${privateKey.export({ type: 'pkcs8', format: 'pem' })}${pem.join('\n')}`;
  made = { content, sha256: sha256(content) };
  return made;
}
