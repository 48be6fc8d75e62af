import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Pair {
  readonly cert: string;
  readonly key: string;
}

const EC = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
const openssl = (...args: string[]) => execFileSync('openssl', args, { stdio: 'pipe' });

/** A certificate authority in a folder; `name` tells several in one folder apart. */
export function createAuthority(folder: string, name: string) {
  const path = (file: string) => join(folder, `${name}-${file}`);
  const read = (file: string) => readFileSync(path(file), 'utf8');
  const subject = ['-subj', `/CN=${name}`];
  openssl('req', '-x509', ...EC, ...subject, '-keyout', path('ca.key'), '-out', path('ca.pem'));
  return {
    ca: read('ca.pem'),
    /** A certificate of this authority, for 127.0.0.1. Kubernetes takes the organization for a group. */
    issue(commonName: string, organization = 'test'): Pair {
      writeFileSync(path('names'), 'subjectAltName=IP:127.0.0.1,DNS:kubernetes.test\n');
      const [key, request, cert] = ['key', 'csr', 'pem'].map((end) => path(`${commonName}.${end}`));
      const files = [String(key), String(request), String(cert)] as const;
      const subject = ['-subj', `/O=${organization}/CN=${commonName}`];
      openssl('req', ...EC, ...subject, '-keyout', files[0], '-out', files[1]);
      const signer = ['-CA', path('ca.pem'), '-CAkey', path('ca.key'), '-CAcreateserial'];
      const out = ['-extfile', path('names'), '-in', files[1], '-out', files[2]];
      openssl('x509', '-req', ...signer, ...out);
      return { cert: readFileSync(files[2], 'utf8'), key: readFileSync(files[0], 'utf8') };
    },
  };
}
