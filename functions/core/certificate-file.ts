import { sha256 } from '../wire/bundle.ts';
import type { CertificateFile } from './assembly.ts';
import type { Certificate } from './certificates.ts';

/** The files of a certificate, as a bundle has them. */
export function certificateFile({ pem, staple }: Certificate): CertificateFile {
  const file = { content: pem, sha256: sha256(pem) };
  if (staple === undefined) return file;
  const bytes = Buffer.from(staple, 'base64');
  return { ...file, staple: { content: staple, sha256: sha256(bytes) } };
}
