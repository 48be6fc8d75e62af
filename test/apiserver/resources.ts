/** What the API server knows of a resource by its name in a path. */
const KINDS: Readonly<Record<string, string>> = {
  clusterrolebindings: 'ClusterRoleBinding',
  clusterroles: 'ClusterRole',
  configmaps: 'ConfigMap',
  controllerrevisions: 'ControllerRevision',
  events: 'Event',
  namespaces: 'Namespace',
  pods: 'Pod',
  secrets: 'Secret',
  serviceaccounts: 'ServiceAccount',
};

const GROUPS: Readonly<Record<string, string>> = {
  clusterrolebindings: 'rbac.authorization.k8s.io',
  clusterroles: 'rbac.authorization.k8s.io',
  controllerrevisions: 'apps',
  events: 'events.k8s.io',
};

export const kindOf = (resource: string): string => KINDS[resource] ?? 'Unknown';

export const groupOf = (resource: string): string => GROUPS[resource] ?? '';

export const apiVersionOf = (resource: string): string =>
  groupOf(resource) === '' ? 'v1' : `${groupOf(resource)}/v1`;

/** `controllerrevisions.apps`, as messages name a resource. */
export const fullNameOf = (resource: string): string =>
  [resource, groupOf(resource)].filter((part) => part !== '').join('.');
