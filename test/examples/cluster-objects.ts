export interface ServiceOptions {
  readonly name: string;
  readonly namespace?: string;
  readonly type?: string;
  readonly clusterIP?: string;
  readonly families?: readonly string[];
  /** Number by name; the empty one is none. */
  readonly ports?: Readonly<Record<string, number>>;
}

export function service(options: ServiceOptions): object {
  const { name, namespace = 'default', type = 'ClusterIP', families = ['IPv4'] } = options;
  const { ports = { '': 80 }, clusterIP = '10.96.0.1' } = options;
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace },
    spec: {
      type,
      clusterIP,
      ipFamilies: families,
      ports: Object.entries(ports).map(([port, number]) => ({
        ...(port === '' ? {} : { name: port }),
        port: number,
        targetPort: 8080,
      })),
    },
  };
}

export interface Endpoint {
  readonly ip: string;
  readonly ready?: boolean;
  readonly pod?: string;
}

export interface SliceOptions {
  readonly name: string;
  readonly of: string;
  readonly namespace?: string;
  readonly family?: string;
  readonly ports?: Readonly<Record<string, number>>;
  readonly endpoints: readonly Endpoint[];
}

export function slice(options: SliceOptions): object {
  const { name, of, namespace = 'default', family = 'IPv4', ports = { '': 8080 } } = options;
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name, namespace, labels: { 'kubernetes.io/service-name': of } },
    addressType: family,
    ports: Object.entries(ports).map(([port, number]) => ({ name: port, port: number })),
    endpoints: options.endpoints.map(({ ip, ready, pod }) => ({
      addresses: [ip],
      conditions: ready === undefined ? {} : { ready },
      ...(pod === undefined ? {} : { targetRef: { kind: 'Pod', name: pod } }),
    })),
  };
}

export const tlsSecret = (
  name: string,
  { certificatePem, keyPem }: { readonly certificatePem: string; readonly keyPem: string },
): object => ({
  apiVersion: 'v1',
  kind: 'Secret',
  type: 'kubernetes.io/tls',
  metadata: { name, namespace: 'default' },
  data: {
    'tls.crt': Buffer.from(certificatePem).toString('base64'),
    'tls.key': Buffer.from(keyPem).toString('base64'),
  },
});
