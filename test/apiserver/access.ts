import { type Answer, failure } from './status.ts';

/** Whom a token stands for. */
export interface TokenOwner {
  readonly name: string;
  readonly groups?: readonly string[];
  /** Whom the token is for; the API server itself where it is left out. */
  readonly audiences?: readonly string[];
  /** What else the API server knows: the pod that the token was made for. */
  readonly extra?: Readonly<Record<string, readonly string[]>>;
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

interface Body {
  readonly spec?: unknown;
}

/** The groups that the API server puts somebody into by the name. */
function groupsOf({ name, groups = [] }: TokenOwner): readonly string[] {
  const [, namespace] = /^system:serviceaccount:([^:]+):[^:]+$/.exec(name) ?? [];
  const own = namespace
    ? ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated']
    : [];
  return [...groups, ...own];
}

/** Answers a TokenReview (authentication.k8s.io/v1). */
export function reviewToken(tokens: ReadonlyMap<string, TokenOwner>, body: Body): Answer {
  const { token, audiences: asked = [API_AUDIENCE] } = (body.spec ?? {}) as {
    token?: string;
    audiences?: readonly string[];
  };
  if (!token)
    return failure(400, 'BadRequest', 'token is required for TokenReview in authentication');
  const owner = tokens.get(token);
  const audiences = (owner?.audiences ?? [API_AUDIENCE]).filter((known) => asked.includes(known));
  const { extra } = owner ?? {};
  const user = owner && {
    username: owner.name,
    uid: 'u',
    groups: groupsOf(owner),
    ...(extra ? { extra } : {}),
  };
  const status =
    user && audiences.length > 0
      ? { authenticated: true, user, audiences }
      : { user: {}, error: 'invalid bearer token' };
  return created('TokenReview', 'authentication.k8s.io/v1', { spec: body.spec, status });
}

/** Answers a SubjectAccessReview (authorization.k8s.io/v1). */
export function reviewAccess(authorize: Authorizer, body: Body): Answer {
  const { spec = {} } = body;
  const {
    user = '',
    groups = [],
    nonResourceAttributes,
    resourceAttributes,
  } = spec as {
    user?: string;
    groups?: readonly string[];
    nonResourceAttributes?: { path: string; verb: string };
    resourceAttributes?: Omit<Attempt, 'user' | 'groups' | 'path'>;
  };
  const about = nonResourceAttributes ?? resourceAttributes;
  if (!about || (nonResourceAttributes && resourceAttributes))
    return failure(
      422,
      'Invalid',
      'exactly one of nonResourceAttributes or resourceAttributes must be specified',
    );
  const status = { allowed: authorize({ user, groups, ...about }) };
  return created('SubjectAccessReview', 'authorization.k8s.io/v1', { spec, status });
}

/** Answers a TokenRequest for a service account, bound to a pod or not. */
export function issueToken(
  tokens: Map<string, TokenOwner>,
  { namespace, name }: { readonly namespace?: string; readonly name?: string },
  body: Body,
): Answer {
  const { audiences, boundObjectRef: bound } = (body.spec ?? {}) as {
    audiences?: readonly string[];
    boundObjectRef?: { readonly kind: string; readonly name: string; readonly uid: string };
  };
  const token = `issued-${tokens.size + 1}`;
  const of = 'authentication.kubernetes.io/pod';
  tokens.set(token, {
    name: `system:serviceaccount:${namespace}:${name}`,
    ...(audiences ? { audiences } : {}),
    ...(bound?.kind === 'Pod'
      ? { extra: { [`${of}-name`]: [bound.name], [`${of}-uid`]: [bound.uid] } }
      : {}),
  });
  return created('TokenRequest', 'authentication.k8s.io/v1', { status: { token } });
}

const created = (kind: string, apiVersion: string, rest: object): Answer => ({
  status: 201,
  body: { kind, apiVersion, metadata: {}, ...rest },
});

export function forbidden(attempt: Attempt): Answer {
  const { user, verb, resource = '', group = '', namespace, name } = attempt;
  const where =
    namespace === undefined ? 'at the cluster scope' : `in the namespace "${namespace}"`;
  const full = [resource, group].filter((part) => part !== '').join('.');
  const what = name === undefined ? full : `${full} "${name}"`;
  return failure(
    403,
    'Forbidden',
    `${what} is forbidden: User "${user}" cannot ${verb} resource "${resource}" in API group "${group}" ${where}`,
  );
}
