import type { Diagnostic } from '../core/diagnostics.ts';
import type { Kind } from '../core/objects.ts';
import type { ApiError } from './api-error.ts';

/** What one watch covers: one object by name, a namespace, or (without one) the whole cluster. */
export interface Collection {
  readonly kind: Kind;
  readonly namespace?: string;
  readonly name?: string;
}

/**
 * `configmaps/lb.services`, `pods/shop`, `pods`: the collection's name in positions, in `/status` and in logs. Names
 * of namespaces hold no dot, so that it is unambiguous.
 */
export function nameCollection({ kind, namespace, name }: Collection): string {
  const inside = namespace === undefined ? '' : `/${namespace}`;
  return `${kind}${inside}${name === undefined ? '' : `.${name}`}`;
}

/** The path and the selector that list and watch it. */
export function locateCollection({ kind, namespace, name }: Collection): {
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
} {
  const inside = namespace === undefined ? '' : `/namespaces/${encodeURIComponent(namespace)}`;
  return {
    path: `/api/v1${inside}/${kind}`,
    query: name === undefined ? {} : { fieldSelector: `metadata.name=${name}` },
  };
}

/** The rule that RBAC lacks, as it is written in a Role. */
function missingRule({ kind, namespace, name }: Collection): string {
  const names = name === undefined ? '' : `, resourceNames: [${name}]`;
  const rule = `{apiGroups: [""], resources: [${kind}]${names}, verbs: [list, watch]}`;
  return namespace === undefined
    ? `Grant the rule ${rule} with a ClusterRole and a ClusterRoleBinding to the account of this service.`
    : `Grant the rule ${rule} with a Role in namespace ${namespace} and a RoleBinding to the account of this service.`;
}

/** Why a collection is not current. */
export function explainStaleness(collection: Collection, error: ApiError): Diagnostic {
  const isForbidden = error.code === 'kubernetes-forbidden';
  return {
    severity: 'error',
    code: error.code,
    message: `${nameCollection(collection)} cannot be read: ${error.message}`,
    hint: isForbidden ? missingRule(collection) : error.hint,
    where: { object: nameCollection(collection) },
  };
}
