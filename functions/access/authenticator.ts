/** What a client shows of itself over TLS; `isTrusted` where the handshake verified it against the client CA. */
export interface ClientCertificate {
  readonly isTrusted: boolean;
  /** Its common name, its DNS names and its URIs (SPIFFE), sorted. */
  readonly names: readonly string[];
  /** When it ends, in milliseconds since the epoch. */
  readonly expiresAt: number;
}

/** The facts of a request that decide whether it is let in. */
export interface AccessRequest {
  readonly method: string;
  /** Without the query string. */
  readonly path: string;
  /** The address that it comes from: failures are limited by it. */
  readonly peer: string;
  /** The `Authorization` header. */
  readonly authorization?: string;
  readonly certificate?: ClientCertificate;
  /** What the path ends with, where the route is one that takes a secret there; `path` does not have it. */
  readonly secret?: string;
}

export interface Refusal {
  readonly kind: 'refused';
  /** 401: it did not prove who it is; 403: it did, and may not; 429: it failed too often of late. */
  readonly status: 401 | 403 | 429;
  readonly code: string;
  readonly message: string;
  readonly hint: string;
  /** Seconds, with 429. */
  readonly retryAfter?: number;
}

/**
 * `name` is who it is, for logs; `until`, in milliseconds since the epoch, when it must be asked again, where there is
 * such a time; `proven`, the names that it may go by as a proxy, its own first, where it proves any. `unavailable`:
 * nobody can tell now; `retryAfter` in seconds.
 */
export type Verdict =
  | {
      readonly kind: 'allowed';
      readonly name: string;
      readonly until?: number;
      readonly proven?: readonly string[];
    }
  | Refusal
  | { readonly kind: 'unavailable'; readonly retryAfter: number; readonly reason: string };

/** Decides which requests are let in. Health endpoints are not asked about. */
export interface Authenticator {
  /** For people, in the first lines of the log. */
  readonly describes: string;
  /** Never rejects: what goes wrong is a verdict. */
  admit(request: AccessRequest): Promise<Verdict>;
  /** The verdict where it is known without asking anybody, so that it may pass a limit on failures. */
  recall?(request: AccessRequest): Verdict | undefined;
}

const BEARER = /^Bearer +([A-Za-z0-9\-._~+/]+=*) *$/i;

/** The token of a bearer `Authorization` header (RFC 6750, section 2.1), or undefined where there is none. */
export function readBearer(authorization: string | undefined): string | undefined {
  return authorization === undefined ? undefined : BEARER.exec(authorization)?.[1];
}
