import {
  type Certificate,
  type CertificateSet,
  CertificateFault,
  type ReadCertificate,
  readCertificate,
} from './certificates.ts';
import type { Diagnostic, Place } from './diagnostics.ts';
import { certificateOf, readTlsSecret, type TlsSecret } from './inputs/secret.ts';
import { readStaple, StapleFault } from './ocsp-staple.ts';

/** What becomes of one Secret of type kubernetes.io/tls. */
export interface TlsResult {
  readonly certificate?: Certificate;
  readonly diagnostics: readonly Diagnostic[];
}

const objectOf = (namespace: string, name: string): string => `secrets/${namespace}/${name}`;

function chainDiagnostic(name: string, strangers: number, where: Place): Diagnostic {
  return {
    severity: 'warning',
    code: 'certificate-chain',
    message: `certificate ${name} has ${strangers} more in tls.crt that are none of its chain; they are left out`,
    hint: 'Put the certificate there, and those that signed it up to the authority.',
    where,
  };
}

/** The certificate with its staple; without one that cannot be used, which would only be refused by HAProxy. */
function withStaple(
  { certificate, chain }: ReadCertificate,
  { staple, namespace, name }: TlsSecret,
  where: Place,
): TlsResult {
  if (staple === '') return { certificate, diagnostics: [] };
  try {
    return { certificate: { ...certificate, staple: readStaple(staple, chain) }, diagnostics: [] };
  } catch (error) {
    if (!(error instanceof StapleFault)) throw error;
    const diagnostic: Diagnostic = {
      severity: 'warning',
      code: 'certificate-staple',
      message: `tls.ocsp-staple of Secret ${namespace}/${name} ${error.message}; the certificate is delivered without it`,
      hint: 'Store the OCSP response for this certificate there, in DER, and the whole chain in tls.crt.',
      where: { ...where, key: 'tls.ocsp-staple' },
    };
    return { certificate, diagnostics: [diagnostic] };
  }
}

/** Checks the certificate of a Secret as all certificates are checked; its chain may be in any order. */
export function readTlsCertificate(json: Uint8Array): TlsResult {
  const secret = readTlsSecret(json);
  const { namespace, name, chain, key } = secret;
  const where = { object: objectOf(namespace, name) };
  try {
    const named = certificateOf(namespace, name);
    const read = readCertificate({
      ...{ name: named, chain, key },
      mayBeInAnyOrder: true,
    });
    const { certificate, diagnostics } = withStaple(read, secret, where);
    const { strangers } = read;
    if (strangers === 0) return { ...(certificate && { certificate }), diagnostics };
    const told = chainDiagnostic(named, strangers, where);
    return { ...(certificate && { certificate }), diagnostics: [told, ...diagnostics] };
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
