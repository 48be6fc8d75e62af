import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { isBundlePath } from '../wire/bundle.ts';
import { certificatePath } from './certificate-names.ts';
import type { Diagnostic, Place } from './diagnostics.ts';

/** One certificate that HAProxy can use: checked, and as the one file that HAProxy reads. */
export interface Certificate {
  readonly name: string;
  /** The private key, then the chain, leaf first: PEM without blank lines or comments. */
  readonly pem: string;
  /** Host names and addresses that the leaf is for, sorted. */
  readonly hostnames: readonly string[];
  /** When the first certificate of the chain expires, in milliseconds since the epoch. */
  readonly expiresAt: number;
  readonly fingerprint256: string;
  /** An OCSP response that is about it: DER as base64. */
  readonly staple?: string;
}

export interface CertificateInputs {
  /** ConfigMap `certificates`: name to PEM chain. */
  readonly chains: Readonly<Record<string, string>>;
  /** Secret `keys`: name to base64 of the PEM key, as Kubernetes stores it. */
  readonly keys: Readonly<Record<string, string>>;
  readonly namespace: string;
}

export interface CertificateSet {
  /** Sorted by name. */
  readonly certificates: readonly Certificate[];
  readonly diagnostics: readonly Diagnostic[];
}

/** Why a certificate is not in order. */
export class CertificateFault extends Error {
  readonly code: string;
  readonly hint: string;
  constructor(code: string, message: string, hint: string) {
    super(message);
    this.code = code;
    this.hint = hint;
  }
}

const BLOCK = /-----BEGIN ([A-Z0-9 ]+)-----[ \t]*\r?\n([A-Za-z0-9+/=\s]+?)-----END \1-----/g;

interface PemBlock {
  readonly label: string;
  /** The block alone: no comments, blank lines or carriage returns (a blank line would end a payload of HAProxy 2.6). */
  readonly text: string;
}

function readPem(text: string): readonly PemBlock[] {
  return [...text.matchAll(BLOCK)].map(([, label = '', body = '']) => {
    const lines = body.split(/\s+/).filter(Boolean);
    return {
      label,
      text: `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`,
    };
  });
}

/** One certificate of a chain, and its PEM. */
interface Link {
  readonly pem: string;
  readonly certificate: X509Certificate;
}

function readChain(text: string): readonly Link[] {
  const blocks = readPem(text).filter(({ label }) => /^(X509 |TRUSTED )?CERTIFICATE$/.test(label));
  if (blocks.length === 0)
    throw new CertificateFault(
      'certificate-parse',
      'holds no certificate',
      'Put the PEM chain there, the leaf first.',
    );
  try {
    return blocks.map(({ text: pem }) => ({ pem, certificate: new X509Certificate(pem) }));
  } catch {
    throw new CertificateFault(
      'certificate-parse',
      'does not parse',
      'Put the PEM chain there, the leaf first.',
    );
  }
}

function readKey(base64: string): { pem: string; key: KeyObject } {
  const text = Buffer.from(base64, 'base64').toString('utf8');
  const block = readPem(text).find(({ label }) => label.endsWith('PRIVATE KEY'));
  if (block === undefined || block.label === 'ENCRYPTED PRIVATE KEY')
    throw new CertificateFault(
      'key-parse',
      block ? 'is encrypted' : 'holds no private key',
      'Store the key as unencrypted PEM; base64 it once (kubectl create secret does).',
    );
  try {
    return { pem: block.text, key: createPrivateKey(block.text) };
  } catch {
    throw new CertificateFault('key-parse', 'does not parse', 'Store the key as unencrypted PEM.');
  }
}

function hostnamesOf(leaf: X509Certificate): readonly string[] {
  const alternative = leaf.subjectAltName?.matchAll(/(?:DNS|IP Address):([^,\s]+)/g) ?? [];
  const common = /^CN=(.+)$/m.exec(leaf.subject)?.[1];
  const names = [...alternative].map(([, name = '']) => name);
  return [...new Set(common === undefined ? names : [...names, common])].sort();
}

/** The chain from the leaf that the key belongs to, each signed by the next; what is none of it is left out. */
function inOrder(links: readonly Link[], key: KeyObject): readonly Link[] {
  const rest = new Set(links);
  const chain: Link[] = [];
  let next = links.find(({ certificate }) => certificate.checkPrivateKey(key));
  while (next !== undefined) {
    const { certificate } = next;
    chain.push(next);
    for (const link of rest)
      if (link.certificate.fingerprint256 === certificate.fingerprint256) rest.delete(link);
    next = [...rest].find((other) => certificate.checkIssued(other.certificate));
  }
  return chain;
}

export interface CertificateText {
  readonly name: string;
  /** PEM. */
  readonly chain: string;
  /** PEM as base64. */
  readonly key: string;
  /** Otherwise the leaf must be first. */
  readonly mayBeInAnyOrder?: boolean;
}

export interface ReadCertificate {
  readonly certificate: Certificate;
  /** PEM, the leaf first. */
  readonly chain: readonly string[];
  /** How many certificates were left out, being none of the chain. */
  readonly strangers: number;
}

/** @throws CertificateFault */
export function readCertificate(text: CertificateText): ReadCertificate {
  const { name, mayBeInAnyOrder = false } = text;
  if (!isBundlePath(certificatePath(name)) || name.includes('/'))
    throw new CertificateFault(
      'certificate-name',
      'has a name that is not a file name',
      'Let it start with a letter or a digit.',
    );
  const links = readChain(text.chain);
  const { pem: keyPem, key } = readKey(text.key);
  const chain = mayBeInAnyOrder ? inOrder(links, key) : links;
  const leaf = chain[0]?.certificate;
  if (!leaf?.checkPrivateKey(key))
    throw new CertificateFault(
      'certificate-key-mismatch',
      'does not belong to its key',
      'Renew both together; the leaf must be the first certificate.',
    );
  const certificate: Certificate = {
    name,
    pem: keyPem + chain.map(({ pem }) => pem).join(''),
    hostnames: hostnamesOf(leaf),
    expiresAt: Math.min(...chain.map((link) => Date.parse(link.certificate.validTo))),
    fingerprint256: leaf.fingerprint256,
  };
  const own = new Set(chain.map((link) => link.certificate.fingerprint256));
  const strangers = links.filter((link) => !own.has(link.certificate.fingerprint256)).length;
  return { certificate, chain: chain.map(({ pem }) => pem), strangers };
}

function unpaired(inputs: CertificateInputs): readonly Diagnostic[] {
  const { chains, keys, namespace } = inputs;
  const lacks = (object: string, key: string, other: string): Diagnostic => ({
    severity: 'warning',
    code: 'certificate-unpaired',
    message: `certificate ${key} is left out: it has no entry in ${other}`,
    hint: `Add the key ${key} to ${other}, or remove this one.`,
    where: { object, key },
  });
  const certificates = `configmaps/${namespace}/certificates`;
  const secret = `secrets/${namespace}/keys`;
  return [
    ...Object.keys(chains)
      .filter((name) => !Object.hasOwn(keys, name))
      .map((name) => lacks(certificates, name, secret)),
    ...Object.keys(keys)
      .filter((name) => !Object.hasOwn(chains, name))
      .map((name) => lacks(secret, name, certificates)),
  ];
}

/**
 * Pairs chains with keys by name and checks each pair: both parse, the key is the leaf's, the name is a file name.
 * A pair that is not in order is left out, with a diagnostic; the rest stands.
 */
export function readCertificates(inputs: CertificateInputs): CertificateSet {
  const { chains, keys, namespace } = inputs;
  const certificates: Certificate[] = [];
  const diagnostics: Diagnostic[] = [...unpaired(inputs)];
  for (const name of Object.keys(chains).sort()) {
    const base64 = Object.hasOwn(keys, name) ? keys[name] : undefined;
    if (base64 === undefined) continue;
    try {
      const text = { name, chain: chains[name] ?? '', key: base64 };
      certificates.push(readCertificate(text).certificate);
    } catch (error) {
      if (!(error instanceof CertificateFault)) throw error;
      const { code, hint, message } = error;
      const where: Place = code.startsWith('key-')
        ? { object: `secrets/${namespace}/keys`, key: name }
        : { object: `configmaps/${namespace}/certificates`, key: name };
      const what = code.startsWith('key-') ? 'the key of certificate' : 'certificate';
      diagnostics.push({
        severity: 'error',
        code,
        message: `${what} ${name} ${message}; the certificate is left out`,
        hint,
        where,
      });
    }
  }
  return { certificates, diagnostics };
}
