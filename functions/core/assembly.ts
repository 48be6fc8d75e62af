import type { AsOf } from '../wire/as-of.ts';
import { type Bundle, type BundleFile, bundleFile, makeBundle } from '../wire/bundle.ts';
import { certificatePath, staplePath } from './certificate-names.ts';
import type { Rendering } from './render.ts';

/** The hash of a certificate's file, and its content where this process may have it. */
export interface CertificateFile {
  readonly sha256: string;
  readonly content: string;
  /** An OCSP response that goes with it, as base64, and the hash of its bytes. */
  readonly staple?: { readonly sha256: string; readonly content: string };
}

export interface Assembly {
  readonly rendering: Rendering & { readonly kind: 'rendered' };
  /** By certificate name; the names that the render saw are in it. */
  readonly certificates: ReadonlyMap<string, CertificateFile>;
  readonly asOf: AsOf;
}

/** Readable by HAProxy's user alone: a private key is in it. */
const KEY_MODE = 0o600;
const FILE_MODE = 0o600;

/** Puts certificates beside rendered files: the bundle. Private keys join only here, behind the render. */
export function assembleBundle({ rendering, certificates, asOf }: Assembly): Bundle {
  const pem = (path: string, name: string): readonly BundleFile[] => {
    const file = certificates.get(name);
    if (!file) throw new Error(`the render saw a certificate that is not there: ${name}`);
    const { staple, ...own } = file;
    const certificate = { path, mode: KEY_MODE, ...own };
    if (!staple) return [certificate];
    return [
      certificate,
      { path: staplePath(path), mode: KEY_MODE, ...staple, encoding: 'base64' as const },
    ];
  };
  return makeBundle(
    [
      ...rendering.files.map(({ path, content }) => bundleFile(path, content, FILE_MODE)),
      ...rendering.certificates.flatMap((name) => pem(`ssl/${certificatePath(name)}`, name)),
      ...rendering.bareNames.flatMap((name) => pem(`ssl/${name}`, name)),
    ],
    asOf,
  );
}
