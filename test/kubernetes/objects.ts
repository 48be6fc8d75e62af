import type { NewObject, Store } from '../apiserver/store.ts';

/** A pod as small as the tests need it. */
export function pod(
  namespace: string,
  name: string,
  more: Record<string, unknown> = {},
): NewObject {
  return {
    metadata: { name, namespace, labels: { app: 'web' } },
    status: {
      phase: 'Running',
      podIP: '10.0.0.1',
      conditions: [{ type: 'Ready', status: 'True' }],
    },
    ...more,
  };
}

export function configMap(name: string, data: Record<string, string>): NewObject {
  return { metadata: { name, namespace: 'lb' }, data };
}

export const service = (namespace: string): string =>
  JSON.stringify({ namespace, selector: { app: 'web' } });

/** The configuration's four objects, with one service a namespace. */
export function configure(store: Store, namespaces: readonly string[]): void {
  name(store, namespaces);
  store.put('configmaps', configMap('certificates', {}));
  store.put('configmaps', configMap('config', { template: 'global\n' }));
  store.put('secrets', { metadata: { name: 'keys', namespace: 'lb' }, data: {} });
}

/** Has ConfigMap `services` name these namespaces. */
export function name(store: Store, namespaces: readonly string[]): void {
  const data = Object.fromEntries(
    namespaces.map((namespace) => [`of-${namespace}`, service(namespace)]),
  );
  store.put('configmaps', configMap('services', data));
}
