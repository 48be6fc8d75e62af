import { type Diagnostic, sortDiagnostics } from '../core/diagnostics.ts';
import type { Tell } from '../core/occurrence.ts';
import type { CertificateStatus } from '../publish/publication.ts';
import type { Log } from '../wire/log.ts';

/** Days before its end at which a certificate is told of: by a warning, a warning, an error. */
export const EXPIRY_DAYS = [30, 14, 3] as const;

const DAY_MS = 86_400_000;
const HINT =
  'Put a renewed certificate and its key under the same name into ConfigMap certificates and Secret keys.';

/** The smallest of the limits that a certificate is within; 0 where it has ended. */
function limitOf({ expiresAt }: CertificateStatus, now: number): number | undefined {
  const left = expiresAt - now;
  return left <= 0 ? 0 : EXPIRY_DAYS.findLast((days) => left <= days * DAY_MS);
}

/** Which certificates end soon, as diagnostics. `object` is the ConfigMap that they come from. */
export function findExpiring(
  certificates: readonly CertificateStatus[],
  { object, now }: { readonly object: string; readonly now: number },
): readonly Diagnostic[] {
  const found = certificates.flatMap((certificate): Diagnostic[] => {
    const limit = limitOf(certificate, now);
    if (limit === undefined) return [];
    const { name, expiresAt } = certificate;
    const end = new Date(expiresAt).toISOString();
    const message =
      limit === 0
        ? `certificate ${name} expired at ${end}`
        : `certificate ${name} expires within ${limit} days, at ${end}`;
    return [
      {
        severity: limit <= 3 ? 'error' : 'warning',
        code: limit === 0 ? 'certificate-expired' : 'certificate-expires',
        message,
        hint: HINT,
        where: { object, key: name },
      },
    ];
  });
  return sortDiagnostics(found);
}

/** A sweep over every certificate, which tells what the sweep before did not find. */
export function createExpirySweep(options: {
  readonly certificates: () => readonly CertificateStatus[];
  readonly object: string;
  readonly now: () => number;
  readonly log: Log;
  readonly tell?: Tell | undefined;
}): () => void {
  const { certificates, object, now, log, tell } = options;
  let told = new Set<string>();
  return function sweep() {
    const findings = findExpiring(certificates(), { object, now: now() });
    for (const { severity, code, message: detail, hint, where } of findings) {
      if (told.has(detail)) continue;
      const level = severity === 'error' ? 'error' : 'warn';
      log[level]('certificate expires', { code, detail, hint, where });
      const note = `${detail}. ${hint}`;
      tell?.({ reason: 'CertificateExpires', ...where, subject: detail, note });
    }
    told = new Set(findings.map(({ message }) => message));
  };
}
