import { type Answer, failure } from './status.ts';

/** Whom a token stands for. */
export interface TokenOwner {
  readonly name: string;
  readonly groups?: readonly string[];
  /** Whom the token is for; the API server itself where it is left out. */
  readonly audiences?: readonly string[];
}

/** What somebody wants to do, as an authorizer is asked. */
export interface Attempt {
  readonly user: string;
  readonly groups: readonly string[];
  readonly verb: string;
  readonly group?: string;
  readonly resource?: string;
  readonly namespace?: string;
  readonly name?: string;
  /** For what is no object: `/bundle`. */
  readonly path?: string;
}

export type Authorizer = (attempt: Attempt) => boolean;

export const API_AUDIENCE = 'https://kubernetes.default.svc.cluster.local';

type Body = { readonly spec?: Record<string, unknown> };

/** Answers a TokenReview (authentication.k8s.io/v1). */
export function reviewToken(tokens: ReadonlyMap<string, TokenOwner>, body: Body): Answer {
  const { token, audiences: asked = [API_AUDIENCE] } = (body.spec ?? {}) as {
    token?: string;
    audiences?: readonly string[];
  };
  const owner = tokens.get(token ?? '');
  const audiences = (owner?.audiences ?? [API_AUDIENCE]).filter((known) => asked.includes(known));
  const status =
    owner && audiences.length > 0
      ? {
          authenticated: true,
          user: { username: owner.name, uid: 'u', groups: owner.groups ?? [] },
          audiences,
        }
      : { authenticated: false, error: 'invalid bearer token' };
  return {
    status: 201,
    body: { kind: 'TokenReview', apiVersion: 'authentication.k8s.io/v1', metadata: {}, status },
  };
}

/** Answers a SubjectAccessReview (authorization.k8s.io/v1). */
export function reviewAccess(authorize: Authorizer, body: Body): Answer {
  const {
    user = '',
    groups = [],
    nonResourceAttributes: about,
  } = (body.spec ?? {}) as {
    user?: string;
    groups?: readonly string[];
    nonResourceAttributes?: { path: string; verb: string };
  };
  if (!about) return failure(400, 'BadRequest', 'nonResourceAttributes must be specified');
  const status = { allowed: authorize({ user, groups, ...about }) };
  const apiVersion = 'authorization.k8s.io/v1';
  return { status: 201, body: { kind: 'SubjectAccessReview', apiVersion, metadata: {}, status } };
}

export function forbidden(attempt: Attempt): Answer {
  const { user, verb, resource, group = '', namespace } = attempt;
  const where =
    namespace === undefined ? 'at the cluster scope' : `in the namespace "${namespace}"`;
  return failure(
    403,
    'Forbidden',
    `${resource} is forbidden: User "${user}" cannot ${verb} resource "${resource}" in API group "${group}" ${where}`,
  );
}
