import { createSign } from 'node:crypto';
import { API_AUDIENCE } from '../apiserver/access.ts';

export interface TokenOptions {
  /** PEM of the key that the API server knows. */
  readonly key: string;
  readonly namespace: string;
  readonly account: { readonly name: string; readonly uid: string };
  readonly audience?: string;
  /** How long it is good from now on: the API server itself issues none for less than ten minutes. */
  readonly seconds: number;
}

const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** Signs a token of a service account as the API server does (RFC 7519). */
export function signToken({ key, namespace, account, audience, seconds }: TokenOptions): string {
  const now = Math.floor(Date.now() / 1000);
  const claims = {
    aud: [audience ?? API_AUDIENCE],
    exp: now + seconds,
    iat: now - 60,
    nbf: now - 60,
    iss: API_AUDIENCE,
    sub: `system:serviceaccount:${namespace}:${account.name}`,
    'kubernetes.io': { namespace, serviceaccount: account },
  };
  const signed = `${encode({ alg: 'RS256', typ: 'JWT' })}.${encode(claims)}`;
  return `${signed}.${createSign('RSA-SHA256').update(signed).sign(key, 'base64url')}`;
}
