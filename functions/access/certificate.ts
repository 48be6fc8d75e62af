import type { TLSSocket } from 'node:tls';
import type { Authenticator, ClientCertificate, Verdict } from './authenticator.ts';

/** One entry of Node's rendering of subjectAltName: `DNS:a`, or `URI:"..."` quoted as JSON where it holds odd bytes. */
const ALTERNATIVE = /(?:^|, )(DNS|URI|[A-Za-z ]+):("(?:[^"\\]|\\.)*"|[^,]*)/g;

function alternativeNames(text: string): string[] {
  return [...text.matchAll(ALTERNATIVE)]
    .filter(([, type]) => type === 'DNS' || type === 'URI')
    .map(([, , value = '']) => (value.startsWith('"') ? String(JSON.parse(value)) : value));
}

/** What the client of a TLS connection shows of itself; undefined where it shows no certificate. */
export function readCertificate(socket: TLSSocket): ClientCertificate | undefined {
  const { subject, subjectaltname = '', valid_to: end } = socket.getPeerCertificate() ?? {};
  if (subject === undefined) return undefined;
  const common: unknown = subject.CN;
  const names = new Set([
    ...(typeof common === 'string' ? [common] : []),
    ...alternativeNames(subjectaltname),
  ]);
  return { isTrusted: socket.authorized, names: [...names].sort(), expiresAt: Date.parse(end) };
}

const MISSING: Verdict = {
  kind: 'refused',
  status: 401,
  code: 'certificate-missing',
  message: 'the client shows no certificate that the client CA vouches for',
  hint: "Connect over TLS with a certificate that is signed by the CA of the service's clients and still valid.",
};

/** Lets in clients whose certificate is trusted and bears one of `allowed` as common name, DNS name or URI. */
export function certificateHolders(allowed: readonly string[], now = Date.now): Authenticator {
  const known = new Set(allowed);
  return {
    describes: `clients with a certificate for ${[...known].sort().join(', ')}`,
    admit({ certificate }) {
      // A connection may live on for longer than what it was opened with.
      if (!certificate?.isTrusted || certificate.expiresAt <= now())
        return Promise.resolve(MISSING);
      const name = certificate.names.find((candidate) => known.has(candidate));
      const until = certificate.expiresAt;
      if (name !== undefined) return Promise.resolve({ kind: 'allowed', name, until });
      return Promise.resolve({
        kind: 'refused',
        status: 403,
        code: 'certificate-name',
        message: `the client's certificate bears no allowed name (it bears ${JSON.stringify(certificate.names)})`,
        hint: 'Add one of its names to the allowed names of the service, or give the client another certificate.',
      });
    },
  };
}
