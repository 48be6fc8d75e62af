/** Kinds of one group, for whoever needs many: `Sample0` and so on. */
const SAMPLES = Array.from({ length: 17 }, (_, i) => `samples${i}`);

/** What the API server knows of a resource by its name in a path. */
const KINDS: Readonly<Record<string, string>> = {
  clusterrolebindings: 'ClusterRoleBinding',
  clusterroles: 'ClusterRole',
  configmaps: 'ConfigMap',
  controllerrevisions: 'ControllerRevision',
  customresourcedefinitions: 'CustomResourceDefinition',
  endpointslices: 'EndpointSlice',
  events: 'Event',
  ingresses: 'Ingress',
  namespaces: 'Namespace',
  nodes: 'Node',
  pods: 'Pod',
  rolebindings: 'RoleBinding',
  roles: 'Role',
  secrets: 'Secret',
  serviceaccounts: 'ServiceAccount',
  services: 'Service',
  widgets: 'Widget',
  ...Object.fromEntries(SAMPLES.map((name, i) => [name, `Sample${i}`])),
};

const GROUPS: Readonly<Record<string, string>> = {
  clusterrolebindings: 'rbac.authorization.k8s.io',
  clusterroles: 'rbac.authorization.k8s.io',
  controllerrevisions: 'apps',
  customresourcedefinitions: 'apiextensions.k8s.io',
  endpointslices: 'discovery.k8s.io',
  events: 'events.k8s.io',
  ingresses: 'networking.k8s.io',
  rolebindings: 'rbac.authorization.k8s.io',
  roles: 'rbac.authorization.k8s.io',
  widgets: 'example.com',
  ...Object.fromEntries(SAMPLES.map((name) => [name, 'samples.example.com'])),
};

const IN_NO_NAMESPACE: ReadonlySet<string> = new Set([
  'clusterrolebindings',
  'clusterroles',
  'customresourcedefinitions',
  'namespaces',
  'nodes',
]);

/** The kind that is there while its definition is. */
export const CUSTOM = 'widgets';

export const isNamespaced = (resource: string): boolean => !IN_NO_NAMESPACE.has(resource);
export const isKnown = (resource: string): boolean => Object.hasOwn(KINDS, resource);
export const resourcesOf = (group: string): readonly string[] =>
  Object.keys(KINDS).filter((resource) => groupOf(resource) === group);

export const kindOf = (resource: string): string => KINDS[resource] ?? 'Unknown';

export const groupOf = (resource: string): string => GROUPS[resource] ?? '';

export const apiVersionOf = (resource: string): string =>
  groupOf(resource) === '' ? 'v1' : `${groupOf(resource)}/v1`;

/** `controllerrevisions.apps`, as messages name a resource. */
export const fullNameOf = (resource: string): string =>
  [resource, groupOf(resource)].filter((part) => part !== '').join('.');
