import {
  isJsonObject,
  memberOf,
  merged,
  parseJson,
  without,
  writeJson,
} from '../../template/json/index.ts';
import type { JsonObject } from '../../template/json/index.ts';
import type { FieldPath } from '../../template/values/inputs/field-path.ts';
import { certificateName } from '../certificate-names.ts';
import type { Feed } from './input.ts';

/** The only type of Secrets that inputs may name. */
export const TLS_TYPE = 'kubernetes.io/tls';

/** What is kept of one: the server needs the rest to make a certificate, and templates see none of it. */
export const SECRET_FIELDS: readonly FieldPath[] = [
  ['type'],
  ['metadata', 'labels'],
  ['data', 'tls.crt'],
  ['data', 'tls.key'],
  ['data', 'tls.ocsp-staple'],
];

const FEED = /^inputs\.secret\.[0-9a-f]{8}$/;

/** Whether changes of this kind tell of Secrets. */
export const isSecretFeed = (kind: string): boolean => FEED.test(kind);

export const isOfSecrets = ({ apiVersion, kind }: Pick<Feed, 'apiVersion' | 'kind'>): boolean =>
  apiVersion === 'v1' && kind === 'Secret';

/** `www.rsa` and `www.ecdsa` are one certificate, `www`, with keys of both types. */
const TYPED = /\.(?:rsa|ecdsa)$/;

/** No namespace has an underscore in its name. */
export const certificateOf = (namespace: string, name: string): string =>
  `${namespace}_${name.replace(TYPED, '.pem$&')}`;

const decoder = new TextDecoder();
const encoder = new TextEncoder();

const textAt = (value: unknown, key: string): string => {
  const text = memberOf(value, key);
  return typeof text === 'string' ? text : '';
};

/** A Secret as templates see it: with the name of its certificate, and without its data. */
export function withoutKeys(json: Uint8Array): Uint8Array {
  const value = parseJson(decoder.decode(json)) as JsonObject;
  const metadata = memberOf(value, 'metadata');
  const own = certificateOf(textAt(metadata, 'namespace'), textAt(metadata, 'name'));
  const certificate = certificateName(own);
  return encoder.encode(writeJson(merged(without(value, 'data'), { certificate })));
}

/** What of a Secret makes a certificate. */
export interface TlsSecret {
  readonly namespace: string;
  readonly name: string;
  /** PEM. */
  readonly chain: string;
  /** PEM as base64, as Kubernetes stores it. */
  readonly key: string;
  /** An OCSP response in DER, as base64; empty where there is none. */
  readonly staple: string;
}

export function readTlsSecret(json: Uint8Array): TlsSecret {
  const value = parseJson(decoder.decode(json));
  const [metadata, data] = [memberOf(value, 'metadata'), memberOf(value, 'data')];
  const texts = isJsonObject(data) ? data : {};
  return {
    namespace: textAt(metadata, 'namespace'),
    name: textAt(metadata, 'name'),
    chain: Buffer.from(textAt(texts, 'tls.crt'), 'base64').toString('utf8'),
    key: textAt(texts, 'tls.key'),
    staple: textAt(texts, 'tls.ocsp-staple'),
  };
}
