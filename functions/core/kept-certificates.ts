import type { CertificateFile } from './assembly.ts';
import { certificateName, certificatePath } from './certificate-names.ts';
import type { Diagnostic } from './diagnostics.ts';
import type { RenderedFile, Rendering } from './render.ts';

type Rendered = Rendering & { readonly kind: 'rendered' };

export interface KeptOptions {
  readonly sslDir: string;
  readonly namespace: string;
  /** Certificates that were in order and are not any more, as they were last. */
  readonly lost: ReadonlyMap<string, CertificateFile>;
}

const NAME = /^[A-Za-z0-9._-]+/;
const FOLDER = /^\/?(?:\s|$)/;

/** The names that rendered text reads from the folder of certificates; `*` where it reads the whole. */
function namesIn(files: readonly RenderedFile[], sslDir: string): ReadonlySet<string> {
  const names = new Set<string>();
  for (const { content } of files)
    for (let at = content.indexOf(sslDir); at >= 0; at = content.indexOf(sslDir, at + 1)) {
      const rest = content.slice(at + sslDir.length, at + sslDir.length + 260);
      const name = rest.startsWith('/') ? NAME.exec(rest.slice(1))?.[0] : undefined;
      if (name !== undefined) names.add(name);
      else if (FOLDER.test(rest)) names.add('*');
    }
  return names;
}

function explain(name: string, namespace: string): Diagnostic {
  return {
    severity: 'error',
    code: 'certificate-kept',
    message: `certificate ${name} is missing or broken, and the configuration names it: its last good version is served`,
    hint: 'Put it back, or remove it from the template: it is no longer renewed, and a service that starts anew does not have it.',
    where: { object: `configmaps/${namespace}/certificates`, key: name },
  };
}

function explainMissing(path: string, namespace: string): Diagnostic {
  const name = path.replace(/\.pem$/, '');
  return {
    severity: 'error',
    code: 'certificate-missing',
    message: `certificate ${name} does not exist, and the configuration names ${path} in the certificates folder`,
    hint: 'Add it, or remove it from the template: HAProxy accepts the configuration only where a proxy still has the old file.',
    where: { object: `configmaps/${namespace}/certificates`, key: name },
  };
}

/** The files of the folder of certificates that rendered text names, and that do not come with it. */
export function missingNames(
  { files, certificates, bareNames }: Rendered,
  sslDir: string,
): readonly string[] {
  const own = certificates.flatMap((name) => [
    certificatePath(name),
    `${certificateName(name)}.pem`,
  ]);
  const there = new Set([...own, ...bareNames, '*']);
  return [...namesIn(files, sslDir)].filter((name) => !there.has(name)).sort();
}

/**
 * Certificates that a configuration names and that are gone stay with it as they were last: without them HAProxy would
 * take nothing any more, no pod that moves either.
 */
export function keepNamed(rendering: Rendered, options: KeptOptions): Rendered {
  const all = keepLost(rendering, options);
  const missing = missingNames(all, options.sslDir);
  if (missing.length === 0) return all;
  const told = missing.map((name) => explainMissing(name, options.namespace));
  return { ...all, diagnostics: [...all.diagnostics, ...told] };
}

function keepLost(rendering: Rendered, options: KeptOptions): Rendered {
  const { sslDir, namespace, lost } = options;
  if (lost.size === 0) return rendering;
  const names = namesIn(rendering.files, sslDir);
  const isWanted = (name: string) =>
    names.has(name) ||
    names.has(`${certificateName(name)}.pem`) ||
    (names.has('*') && rendering.certificates.length === 0);
  const kept = [...lost.keys()].filter(isWanted).sort();
  if (kept.length === 0) return rendering;
  const bare = kept.filter((name) => names.has(name) && !name.endsWith('.pem'));
  return {
    ...rendering,
    certificates: [...rendering.certificates, ...kept].sort(),
    bareNames: [...rendering.bareNames, ...bare].sort(),
    diagnostics: [...rendering.diagnostics, ...kept.map((name) => explain(name, namespace))],
  };
}
