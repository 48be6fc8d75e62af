import { certificatePath } from './certificate-names.ts';

/**
 * The certificates that rendered text names as `SSLDIR/NAME`, without `.pem`. Where such a path is also the `.pem`
 * path of another certificate, it is that.
 */
export function findBareNames(
  contents: readonly string[],
  sslDir: string,
  certificates: readonly string[],
): readonly string[] {
  const names = new Set(certificates);
  const pemPaths = new Set(certificates.map(certificatePath));
  const found = new Set<string>();
  for (const content of contents) {
    for (
      let at = content.indexOf(`${sslDir}/`);
      at >= 0;
      at = content.indexOf(`${sslDir}/`, at + 1)
    ) {
      const name = /^[A-Za-z0-9._-]+/.exec(
        content.slice(at + sslDir.length + 1, at + sslDir.length + 260),
      )?.[0];
      if (name !== undefined && names.has(name) && !pemPaths.has(name)) found.add(name);
    }
  }
  return [...found].sort();
}
