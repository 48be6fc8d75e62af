import { X509Certificate } from 'node:crypto';

/** A PEM file as HAProxy takes it: the blocks alone, without comments, blanks and line ends that differ. */
export interface Certificate {
  /** The blocks, one after the other, without an empty line: an empty line would end a command's payload. */
  readonly pem: string;
  /** SHA-1 of the leaf, upper-case hex, as `show ssl cert` prints it. */
  readonly fingerprint: string;
  /** Host names that it serves, in lower case, sorted. */
  readonly names: readonly string[];
}

export type CertificateResult =
  | { readonly kind: 'certificate'; readonly certificate: Certificate }
  | { readonly kind: 'unclear'; readonly reason: string };

const BLOCK = /-----BEGIN ([A-Z0-9 ]+)-----[\s\S]*?-----END \1-----/g;

function namesOf(leaf: X509Certificate): readonly string[] {
  const alternatives = (leaf.subjectAltName ?? '')
    .split(', ')
    .flatMap((entry) => (entry.startsWith('DNS:') ? [entry.slice(4)] : []));
  const common = /^CN=(.*)$/m.exec(leaf.subject ?? '')?.[1];
  const names = common === undefined ? alternatives : [...alternatives, common];
  return [...new Set(names.map((name) => name.toLowerCase()))].sort();
}

/** Reads a PEM file of key and chain. */
export function parseCertificate(content: string): CertificateResult {
  const blocks = [...content.matchAll(BLOCK)].map(([block]) =>
    block
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== '')
      .join('\n'),
  );
  const leaf = blocks.find((block) => block.startsWith('-----BEGIN CERTIFICATE-----'));
  const keys = blocks.filter((block) => /^-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(block));
  if (leaf === undefined || keys.length !== 1)
    return { kind: 'unclear', reason: 'it is not one key with its certificates' };
  try {
    const parsed = new X509Certificate(leaf);
    const fingerprint = parsed.fingerprint.replaceAll(':', '');
    const pem = blocks.join('\n');
    return { kind: 'certificate', certificate: { pem, fingerprint, names: namesOf(parsed) } };
  } catch {
    return { kind: 'unclear', reason: 'its certificate cannot be read' };
  }
}
