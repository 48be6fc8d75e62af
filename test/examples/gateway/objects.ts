export type Json = Readonly<Record<string, unknown>>;

const API = 'gateway.networking.k8s.io/v1';

interface Named {
  readonly name: string;
  readonly namespace?: string;
  readonly created?: string;
}

const metadataOf = ({ name, namespace = 'default', created = '2026-01-01T00:00:00Z' }: Named) => ({
  name,
  namespace,
  creationTimestamp: created,
});

export const gatewayClass = (name: string, controllerName: string): object => ({
  apiVersion: API,
  kind: 'GatewayClass',
  metadata: { name },
  spec: { controllerName },
});

export const gateway = (
  named: Named & { readonly className?: string; readonly listeners: readonly Json[] },
): object => ({
  apiVersion: API,
  kind: 'Gateway',
  metadata: metadataOf(named),
  spec: { gatewayClassName: named.className ?? 'haproxy', listeners: named.listeners },
});

/** A listener on port 80, unless it says more. */
export const listener = (name: string, more: Json = {}): Json => ({
  name,
  port: 80,
  protocol: 'HTTP',
  ...more,
});

export interface RouteOptions extends Named {
  /** The name of a Gateway, or whole references. */
  readonly to: string | readonly Json[];
  readonly hosts?: readonly string[];
  readonly rules: readonly Json[];
}

export const route = (options: RouteOptions): object => ({
  apiVersion: API,
  kind: 'HTTPRoute',
  metadata: metadataOf(options),
  spec: {
    parentRefs: typeof options.to === 'string' ? [{ name: options.to }] : options.to,
    ...(options.hosts === undefined ? {} : { hostnames: options.hosts }),
    rules: options.rules,
  },
});

/** Backends of a rule, each on port 80: `one`, or `one` with more. */
export const backends = (...all: ReadonlyArray<string | Json>): Json => ({
  backendRefs: all.map((one) =>
    typeof one === 'string' ? { name: one, port: 80 } : { port: 80, ...one },
  ),
});

export const prefix = (value: string): Json => ({ path: { type: 'PathPrefix', value } });

export const grant = (
  named: Named & { readonly from: readonly Json[]; readonly to: readonly Json[] },
): object => ({
  apiVersion: 'gateway.networking.k8s.io/v1beta1',
  kind: 'ReferenceGrant',
  metadata: metadataOf(named),
  spec: {
    from: named.from.map((one) => ({ group: 'gateway.networking.k8s.io', ...one })),
    to: named.to.map((one) => ({ group: '', ...one })),
  },
});

export const namespace = (name: string, labels: Readonly<Record<string, string>>): object => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name, labels },
});
