import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

const KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
const openssl = (...args: string[]) => execFileSync('openssl', args, { stdio: 'pipe' });

/** Makes a CA in `ca.pem` and `ca.key` of a folder. */
export function makeAuthority(folder: string): void {
  const files = ['-keyout', join(folder, 'ca.key'), '-out', join(folder, 'ca.pem')];
  openssl('req', '-x509', ...KEY, '-subj', '/CN=test CA', '-days', '2', ...files);
}

/** Makes `NAME.pem` and `NAME.key` in a folder, signed by its CA, for 127.0.0.1. */
export function makeCertificate(folder: string, name: string): void {
  const at = (ending: string) => join(folder, `${name}.${ending}`);
  const san = ['-addext', 'subjectAltName=IP:127.0.0.1'];
  openssl('req', ...KEY, '-subj', `/CN=${name}`, ...san, '-keyout', at('key'), '-out', at('csr'));
  const authority = ['-CA', join(folder, 'ca.pem'), '-CAkey', join(folder, 'ca.key')];
  const from = ['-in', at('csr'), '-out', at('pem'), '-copy_extensions', 'copy', '-days', '2'];
  openssl('x509', '-req', ...authority, '-CAcreateserial', ...from);
}
