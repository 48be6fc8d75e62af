import { createHash } from 'node:crypto';
import {
  type AccessRequest,
  type Authenticator,
  readBearer,
  type Verdict,
} from '../access/authenticator.ts';
import { ApiError } from './api-error.ts';
import { createApiClient } from './client.ts';
import type { Credentials } from './credentials.ts';
import { isFields } from '../core/fields.ts';
import { createReviews, type Reviews, type TokenSubject } from './reviews.ts';

export interface KubernetesAccessOptions {
  readonly credentials: Credentials;
  /** Tokens must be for it: those for the API server, or for anybody else, are refused. */
  readonly audience: string;
  readonly now?: () => number;
}

/** What was found out about a token and a path; times in milliseconds since the epoch. */
interface Finding {
  readonly verdict: Verdict;
  readonly at: number;
  /** The token's own `exp`. */
  readonly expiresAt: number;
}

/** A yes is good for this long, in milliseconds; a no is asked again soon, since it is what somebody is repairing. */
const YES_MS = 300_000;
const NO_MS = 10_000;
/** While the API server does not answer, a yes is good for this much longer. */
const AWAY_MS = 300_000;
const MOST_FINDINGS = 20_000;

/** When a token expires by its own word, which is read only after the API server vouched for it. */
function readExpiry(token: string): number {
  try {
    const claims: unknown = JSON.parse(
      Buffer.from(token.split('.')[1] ?? '', 'base64url').toString(),
    );
    const { exp } = isFields(claims) ? claims : {};
    return typeof exp === 'number' ? exp * 1000 : Number.POSITIVE_INFINITY;
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}

/** When the finding is of no more use, `grace` milliseconds being given to a yes. */
function endOf({ verdict, at, expiresAt }: Finding, grace = 0): number {
  return Math.min(at + (verdict.kind === 'allowed' ? YES_MS + grace : NO_MS), expiresAt);
}

function tell(finding: Finding, grace = 0): Verdict {
  const { verdict } = finding;
  return verdict.kind === 'allowed' ? { ...verdict, until: endOf(finding, grace) } : verdict;
}

const verbOf = ({ method }: AccessRequest): string =>
  method === 'HEAD' ? 'get' : method.toLowerCase();

/** Tokens are kept as their hashes only. */
const keyOf = (token: string, request: AccessRequest): string =>
  [createHash('sha256').update(token).digest('hex'), verbOf(request), request.path].join(' ');

const missing = (audience: string): Verdict => ({
  kind: 'refused',
  status: 401,
  code: 'token-missing',
  message: 'the request carries no bearer token',
  hint: `Send "Authorization: Bearer TOKEN" with a projected service account token of audience ${audience}.`,
});
const unknown = (audience: string): Verdict => ({
  kind: 'refused',
  status: 401,
  code: 'token-wrong',
  message: 'the API server does not vouch for the bearer token',
  hint: `It must be a token of this cluster, not expired, and for the audience ${audience}.`,
});
const forbidden = (user: string, request: AccessRequest): Verdict => ({
  kind: 'refused',
  status: 403,
  code: 'access-forbidden',
  message: `${user} may not ${verbOf(request)} ${request.path}`,
  hint: `Grant the rule {nonResourceURLs: [${request.path}], verbs: [${verbOf(request)}]} with a ClusterRole and a ClusterRoleBinding to it.`,
});

const BOUND = 'authentication.kubernetes.io/';

/** The pod that a token is bound to, and its node, by which a proxy of the host's network goes. */
function provenNames({ extra }: TokenSubject): readonly string[] {
  const names = ['pod-name', 'node-name'].map((of) => extra[`${BOUND}${of}`]);
  const [pod, node] = names.map((value) => (Array.isArray(value) ? value[0] : undefined));
  return typeof pod === 'string' ? [pod, ...(typeof node === 'string' ? [node] : [])] : [];
}

async function decide(options: {
  readonly reviews: Reviews;
  readonly token: string;
  readonly request: AccessRequest;
  readonly audience: string;
}): Promise<Verdict> {
  const { reviews, token, request, audience } = options;
  const subject = await reviews.identify(token);
  if (subject === undefined) return unknown(audience);
  const { path } = request;
  return (await reviews.mayRequest(subject, { verb: verbOf(request), path }))
    ? { kind: 'allowed', name: subject.user, proven: provenNames(subject) }
    : forbidden(subject.user, request);
}

function unavailable(error: ApiError): Verdict {
  const rule =
    '{apiGroups: [authentication.k8s.io], resources: [tokenreviews], verbs: [create]} and {apiGroups: [authorization.k8s.io], resources: [subjectaccessreviews], verbs: [create]}';
  const hint =
    error.code === 'kubernetes-forbidden'
      ? `Grant the rules ${rule} with a ClusterRole and a ClusterRoleBinding to the account of this service.`
      : error.hint;
  const retryAfter = Math.max(1, Math.ceil(error.retryAfterMs / 1000));
  return { kind: 'unavailable', retryAfter, reason: `${error.message} (${hint})` };
}

/**
 * Lets in whoever the API server vouches for (TokenReview, with the audience checked) and lets request the path
 * (SubjectAccessReview). A yes is remembered for five minutes, or ten while the API server does not answer, and never
 * past the token's own expiry.
 */
export function kubernetesAccess(options: KubernetesAccessOptions): Authenticator {
  const { credentials, audience, now = Date.now } = options;
  const reviews = createReviews(createApiClient(credentials), audience);
  const findings = new Map<string, Finding>();
  const asking = new Map<string, Promise<Verdict>>();

  const remember = (key: string, finding: Finding): void => {
    findings.delete(key);
    findings.set(key, finding);
    if (findings.size > MOST_FINDINGS) findings.delete(findings.keys().next().value as string);
  };
  const recall = (key: string, grace = 0): Verdict | undefined => {
    const found = findings.get(key);
    return found && now() < endOf(found, grace) ? tell(found, grace) : undefined;
  };
  const ask = async (token: string, request: AccessRequest): Promise<Verdict> => {
    const key = keyOf(token, request);
    try {
      const verdict = await decide({ reviews, token, request, audience });
      const finding = { verdict, at: now(), expiresAt: readExpiry(token) };
      remember(key, finding);
      return tell(finding);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      return recall(key, AWAY_MS) ?? unavailable(error);
    }
  };

  return {
    describes: `whoever the API server lets request the path, by a token of audience ${audience}`,
    recall(request) {
      const token = readBearer(request.authorization);
      return token === undefined ? undefined : recall(keyOf(token, request));
    },
    async admit(request) {
      const token = readBearer(request.authorization);
      if (token === undefined) return missing(audience);
      const key = keyOf(token, request);
      const known = recall(key);
      if (known) return known;
      const asked = asking.get(key) ?? ask(token, request).finally(() => asking.delete(key));
      asking.set(key, asked);
      return await asked;
    },
  };
}
