import { createHash, X509Certificate } from 'node:crypto';
import { OcspError, readDer, readOcspResponse } from '../wire/ocsp-response.ts';

/** Why a staple cannot be served with its certificate. */
export class StapleFault extends Error {}

/** The only algorithm by which HAProxy names certificates. */
const SHA1 = '2b0e03021a';
const BIT_STRING = 0x03;

/** The hash by which responders name an authority's key: of the bits alone (RFC 6960, section 4.1.1). */
function keyHash({ publicKey }: X509Certificate): string | undefined {
  const [whole] = readDer(publicKey.export({ type: 'spki', format: 'der' }));
  const bits = whole && readDer(whole.body).find(({ tag }) => tag === BIT_STRING)?.body;
  // The first byte says how many bits of the last one are not used.
  return bits && createHash('sha1').update(bits.subarray(1)).digest('hex');
}

/**
 * Checks that a staple is about the first certificate of a chain, as HAProxy does when it loads it: that needs the
 * authority, too. Whether it has expired is a matter of the clock.
 *
 * @param base64 as Kubernetes stores it
 * @param chain PEM, the certificate first
 * @returns the bytes as base64
 * @throws StapleFault
 */
export function readStaple(base64: string, chain: readonly string[]): string {
  const bytes = Buffer.from(base64, 'base64');
  const [leaf, ...others] = chain.map((pem) => new X509Certificate(pem));
  const issuer = leaf && others.find((other) => leaf.checkIssued(other));
  try {
    const { serialNumber, hashAlgorithm, issuerKeyHash, status } = readOcspResponse(bytes);
    if (serialNumber !== leaf?.serialNumber)
      throw new StapleFault(`is about a certificate with the serial number ${serialNumber}`);
    if (!issuer) throw new StapleFault('cannot be used: tls.crt lacks the authority that signed');
    if (hashAlgorithm !== SHA1)
      throw new StapleFault(
        'names its certificate by another hash than SHA-1, which HAProxy needs',
      );
    if (issuerKeyHash !== keyHash(issuer))
      throw new StapleFault('is about a certificate of another authority');
    if (status !== 'good') throw new StapleFault(`says that the certificate is ${status}`);
  } catch (error) {
    throw error instanceof OcspError ? new StapleFault(error.message) : error;
  }
  return bytes.toString('base64');
}
