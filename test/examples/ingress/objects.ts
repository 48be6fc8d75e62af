export interface Path {
  readonly path?: string;
  readonly pathType?: string;
  /** A Service and its port; 80 unless it says more: `one:http`. */
  readonly to: string;
}

export interface IngressOptions {
  readonly name: string;
  readonly namespace?: string;
  readonly created?: string;
  /** As `spec.ingressClassName`; none where it is null. */
  readonly className?: string | null;
  /** Those of ingress-nginx, without their prefix; others whole. */
  readonly annotations?: Readonly<Record<string, string>>;
  readonly defaultBackend?: string;
  readonly tls?: ReadonlyArray<{ hosts?: readonly string[]; secretName?: string }>;
  /** Paths by host; the empty one is none. */
  readonly rules?: Readonly<Record<string, readonly Path[]>>;
}

/** `one:http`, `one:8080`, `one`. */
function backendOf(to: string): object {
  if (to === 'bucket')
    return { resource: { apiGroup: 'storage.example.com', kind: 'Bucket', name: 'pictures' } };
  const [name, port = '80'] = to.split(':');
  return {
    service: { name, port: /^\d+$/.test(port) ? { number: Number(port) } : { name: port } },
  };
}

function ruleOf([host, paths]: readonly [string, readonly Path[]]): object {
  const made = paths.map(({ path, pathType = 'Prefix', to }) => ({
    ...(path === undefined ? {} : { path }),
    pathType,
    backend: backendOf(to),
  }));
  return { ...(host === '' ? {} : { host }), http: { paths: made } };
}

export function ingress(options: IngressOptions): object {
  const { name, namespace = 'default', className = 'haproxy', annotations = {}, rules } = options;
  const { created = '2026-01-01T00:00:00Z', defaultBackend, tls } = options;
  const long = (key: string) => (key.includes('/') ? key : `nginx.ingress.kubernetes.io/${key}`);
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: {
      name,
      namespace,
      creationTimestamp: created,
      annotations: Object.fromEntries(
        Object.entries(annotations).map(([key, value]) => [long(key), value]),
      ),
    },
    spec: {
      ...(className === null ? {} : { ingressClassName: className }),
      ...(defaultBackend === undefined ? {} : { defaultBackend: backendOf(defaultBackend) }),
      ...(tls === undefined ? {} : { tls }),
      ...(rules === undefined ? {} : { rules: Object.entries(rules).map(ruleOf) }),
    },
  };
}

/** All of a host to one Service. */
export const whole = (host: string, to: string): Readonly<Record<string, readonly Path[]>> => ({
  [host]: [{ path: '/', to }],
});

export const ingressClass = (name: string, controller: string, isDefault = false): object => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'IngressClass',
  metadata: {
    name,
    annotations: { 'ingressclass.kubernetes.io/is-default-class': String(isDefault) },
  },
  spec: { controller },
});
