import {
  type Certificate,
  type CertificateSet,
  CertificateFault,
  readCertificate,
} from './certificates.ts';
import type { Diagnostic } from './diagnostics.ts';
import { certificateOf, readTlsSecret } from './inputs/secret.ts';

/** What becomes of one Secret of type kubernetes.io/tls. */
export interface TlsResult {
  readonly certificate?: Certificate;
  readonly diagnostics: readonly Diagnostic[];
}

const objectOf = (namespace: string, name: string): string => `secrets/${namespace}/${name}`;

/** Checks the certificate of a Secret as all certificates are checked; its chain may be in any order. */
export function readTlsCertificate(json: Uint8Array): TlsResult {
  const { namespace, name, chain, key } = readTlsSecret(json);
  const where = { object: objectOf(namespace, name) };
  try {
    const named = certificateOf(namespace, name);
    const { certificate, strangers } = readCertificate({
      ...{ name: named, chain, key },
      mayBeInAnyOrder: true,
    });
    if (strangers === 0) return { certificate, diagnostics: [] };
    const diagnostic: Diagnostic = {
      severity: 'warning',
      code: 'certificate-chain',
      message: `certificate ${named} has ${strangers} more in tls.crt that are none of its chain; they are left out`,
      hint: 'Put the certificate there, and those that signed it up to the authority.',
      where,
    };
    return { certificate, diagnostics: [diagnostic] };
  } catch (error) {
    if (!(error instanceof CertificateFault)) throw error;
    const { code, hint, message } = error;
    const what = code.startsWith('key-') ? 'the key of Secret' : 'the certificate of Secret';
    const diagnostic: Diagnostic = {
      severity: 'error',
      code,
      message: `${what} ${namespace}/${name} ${message}; the certificate is left out`,
      hint,
      where,
    };
    return { diagnostics: [diagnostic] };
  }
}

/** The certificates of ConfigMap `certificates` with those of Secrets; names are sorted. */
export function withTlsCertificates(
  set: CertificateSet,
  results: readonly TlsResult[],
): CertificateSet {
  const all = new Map(set.certificates.map((certificate) => [certificate.name, certificate]));
  for (const { certificate } of results)
    if (certificate && !all.has(certificate.name)) all.set(certificate.name, certificate);
  return {
    certificates: [...all.keys()].sort().map((name) => all.get(name) as Certificate),
    diagnostics: [...set.diagnostics, ...results.flatMap(({ diagnostics }) => diagnostics)],
  };
}
