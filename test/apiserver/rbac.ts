import type { Attempt, Authorizer } from './access.ts';

/** One rule of a Role or a ClusterRole. */
export interface PolicyRule {
  readonly apiGroups?: readonly string[];
  readonly resources?: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly nonResourceURLs?: readonly string[];
  readonly verbs: readonly string[];
}

interface RbacObject {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly rules?: readonly PolicyRule[];
  readonly roleRef?: { readonly kind: string; readonly name: string };
  readonly subjects?: readonly { kind: string; name: string; namespace?: string }[];
}

/** A rule that holds for somebody; in one namespace, or (without one) everywhere. */
export interface Grant {
  readonly user: string;
  readonly namespace?: string;
  readonly rule: PolicyRule;
}

/** What the Roles and bindings among some objects grant to service accounts. */
export function readGrants(objects: readonly unknown[]): readonly Grant[] {
  const all = objects as readonly RbacObject[];
  return all
    .filter(({ kind }) => kind.endsWith('RoleBinding'))
    .flatMap(({ kind, metadata: { namespace }, roleRef, subjects = [] }) => {
      const role = all.find(
        (object) =>
          object.kind === roleRef?.kind &&
          object.metadata.name === roleRef.name &&
          (object.kind === 'ClusterRole' || object.metadata.namespace === namespace),
      );
      return subjects.flatMap((subject) =>
        (role?.rules ?? []).map((rule) => ({
          user: `system:serviceaccount:${subject.namespace}:${subject.name}`,
          rule,
          ...(kind === 'RoleBinding' && namespace !== undefined ? { namespace } : {}),
        })),
      );
    });
}

/** Whether a grant covers an attempt, as RBAC decides it. */
export function covers({ user, namespace, rule }: Grant, attempt: Attempt): boolean {
  if (user !== attempt.user || !rule.verbs.includes(attempt.verb)) return false;
  if (attempt.path !== undefined) return rule.nonResourceURLs?.includes(attempt.path) === true;
  return (
    (namespace === undefined || namespace === attempt.namespace) &&
    rule.apiGroups?.includes(attempt.group ?? '') === true &&
    rule.resources?.includes(attempt.resource ?? '') === true &&
    (rule.resourceNames === undefined || rule.resourceNames.includes(attempt.name ?? ''))
  );
}

export const authorizeBy =
  (grants: readonly Grant[]): Authorizer =>
  (attempt) =>
    grants.some((grant) => covers(grant, attempt));
