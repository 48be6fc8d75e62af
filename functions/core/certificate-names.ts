/** Of certificates of one name with keys of different types: HAProxy loads them together where the name is asked for. */
const TYPED = /^(.+)\.pem\.(?:rsa|ecdsa)$/;

/** Where a certificate is delivered, in the folder of certificates: `NAME.pem`, or `NAME.pem.rsa`. */
export const certificatePath = (certificate: string): string =>
  TYPED.test(certificate) ? certificate : `${certificate}.pem`;

/** Where HAProxy looks for the OCSP response of a certificate, by the path of that. */
export const staplePath = (path: string): string => `${path}.ocsp`;

/** What templates name it by, as `{{ssldir}}/NAME.pem`: those with keys of different types are one. */
export const certificateName = (certificate: string): string =>
  TYPED.exec(certificate)?.[1] ?? certificate;

const known = new WeakMap<readonly string[], readonly string[]>();

/** The names that templates see: the same list for the same certificates. */
export function certificateNames(certificates: readonly string[]): readonly string[] {
  if (!certificates.some((certificate) => TYPED.test(certificate))) return certificates;
  const names =
    known.get(certificates) ??
    Object.freeze([...new Set(certificates.map(certificateName))].sort());
  known.set(certificates, names);
  return names;
}
