import type { Diagnostic } from '../core/diagnostics.ts';
import type { Feed } from '../core/inputs/input.ts';
import { isOfSecrets, TLS_TYPE } from '../core/inputs/secret.ts';
import type { Kind } from '../core/objects.ts';
import type { ApiError } from './api-error.ts';

/** Where the API has the objects of a kind. */
export interface Resource {
  /** Empty for the core group. */
  readonly group: string;
  readonly version: string;
  /** `ingresses`. */
  readonly plural: string;
  readonly isNamespaced: boolean;
}

/** What one watch covers: one object by name, a namespace, or (without one) the whole cluster. */
export interface Collection {
  readonly kind: Kind;
  readonly namespace?: string;
  readonly name?: string;
  /** Of a collection that is all or a part of a feed of an input. */
  readonly feed?: Feed;
  readonly resource?: Resource;
}

/**
 * `configmaps/lb.services`, `pods/shop`, `pods`, `inputs.node.1a2b3c4d`: the collection's name in positions, in `/status` and in logs. Names
 * of namespaces hold no dot, so that it is unambiguous.
 */
export function nameCollection({ kind, namespace, name }: Collection): string {
  const inside = namespace === undefined ? '' : `/${namespace}`;
  return `${kind}${inside}${name === undefined ? '' : `.${name}`}`;
}

/** The path and the selector that list and watch it. */
export function locateCollection({ kind, namespace, name, feed, resource }: Collection): {
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
} {
  const inside = namespace === undefined ? '' : `/namespaces/${encodeURIComponent(namespace)}`;
  const { group = '', version = 'v1', plural = kind } = resource ?? {};
  // Other Secrets never come here.
  const fields = [
    ...(name === undefined ? [] : [`metadata.name=${name}`]),
    ...(feed && isOfSecrets(feed) ? [`type=${TLS_TYPE}`] : []),
  ];
  return {
    path: `${pathOfVersion({ group, version })}${inside}/${plural}`,
    query: {
      ...(fields.length === 0 ? {} : { fieldSelector: fields.join(',') }),
      ...(feed?.labels === undefined ? {} : { labelSelector: feed.labels.text }),
    },
  };
}

/** `/api/v1`, `/apis/networking.k8s.io/v1`: what the API has in one version of a group. */
export const pathOfVersion = ({ group, version }: Pick<Resource, 'group' | 'version'>): string =>
  group === '' ? `/api/${version}` : `/apis/${group}/${version}`;

/** What a feed watches: each name for itself, so that a Role by names will do; else a namespace, or all. */
export function collectionsOf(feed: Feed, resource: Resource): readonly Collection[] {
  const whole: Collection = { kind: feed.id, feed, resource };
  const isEverywhere = feed.namespaces === undefined || !resource.isNamespaced;
  const places = isEverywhere
    ? [whole]
    : (feed.namespaces ?? []).map((namespace): Collection => ({ ...whole, namespace }));
  const { names } = feed;
  if (names === undefined) return places;
  return places.flatMap((place) => names.map((name): Collection => ({ ...place, name })));
}

/** The rule that RBAC lacks, as it is written in a Role. */
function missingRule({ kind, namespace, name, resource }: Collection): string {
  const names = name === undefined ? '' : `, resourceNames: [${name}]`;
  const { group = '', plural = kind } = resource ?? {};
  const rule = `{apiGroups: [${group || '""'}], resources: [${plural}]${names}, verbs: [list, watch]}`;
  return namespace === undefined
    ? `Grant the rule ${rule} with a ClusterRole and a ClusterRoleBinding to the account of this service.`
    : `Grant the rule ${rule} with a Role in namespace ${namespace} and a RoleBinding to the account of this service.`;
}

/** `ingresses.networking.k8s.io of namespace shop`: for people. */
function titleOf(collection: Collection): string {
  const { namespace, name, resource } = collection;
  if (resource === undefined) return nameCollection(collection);
  const full = [resource.plural, resource.group].filter((part) => part !== '').join('.');
  const one = name === undefined ? full : `${full} ${name}`;
  return namespace === undefined ? one : `${one} of namespace ${namespace}`;
}

/** Why a collection is not current. */
export function explainStaleness(collection: Collection, error: ApiError): Diagnostic {
  const isForbidden = error.code === 'kubernetes-forbidden';
  return {
    severity: 'error',
    code: error.code,
    message: `${titleOf(collection)} cannot be read: ${error.message}`,
    hint: isForbidden ? missingRule(collection) : error.hint,
    where: { object: nameCollection(collection) },
  };
}
