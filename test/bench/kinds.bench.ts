import { setTimeout as delay } from 'node:timers/promises';
import { type ApiServer, startApiServer } from '../apiserver/server.ts';
import { until } from '../kit/until.ts';
import { configMap } from '../kubernetes/objects.ts';
import { type BundleWatcher, watchBundles } from './bundle-watcher.ts';
import { addressOf } from './fleet.ts';
import { childrenOf, residentMiB } from './process-cost.ts';
import { alone, type Scope } from './scope.ts';
import { quantile, type Section } from './section.ts';

const SERVICES = 12_000;
const SLICES_PER_SERVICE = 2;
const ENDPOINTS_PER_SLICE = 2;
const INGRESSES = 2_000;
const NODES = 3_000;
const SAMPLE_KINDS = 17;
const SAMPLES = 21_000;
const CHANGES = 60;
const EVERY_MS = 500;

const NAMESPACE = 'shop';
const ZONE = 'topology.kubernetes.io/zone';
const ZONES = ['a', 'b', 'c'];

const INPUTS = [
  'slices: {apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, fields: [\'metadata.labels["kubernetes.io/service-name"]\', endpoints.addresses, endpoints.nodeName, endpoints.conditions.ready, endpoints.targetRef.name, ports.port]}',
  `nodes: {apiVersion: v1, kind: Node, fields: ['metadata.labels["${ZONE}"]']}`,
  'routes: {apiVersion: networking.k8s.io/v1, kind: Ingress, fields: [spec]}',
  ...Array.from({ length: SAMPLE_KINDS }, (_, i) => {
    const as = i % 2 === 0 ? 'endpoints' : 'intent';
    return `samples${i}: {apiVersion: samples.example.com/v1, kind: Sample${i}, as: ${as}, fields: [spec]}`;
  }),
].join('\n');

const TEMPLATE = `defaults
    mode http
    timeout connect 5s
    timeout client 50s
    timeout server 50s
frontend http
    bind 127.0.0.1:8000
    use_backend %[req.hdr(host),lower,map({{ filesdir }}/hosts.map)]
{% for route in inputs.routes %}
backend {{ route.metadata.namespace }}_{{ route.metadata.name }}
    http-request set-header x-forwarded-host {{ route.spec.rules[0].host }}
{%- set own = inputs.samples1.at(route.metadata.namespace, "s" ~ route.metadata.name) %}
    timeout server {{ own.spec.timeout if own else 50 }}s
{%- for path in route.spec.rules[0].http.paths %}
    {%- for slice in inputs.slices.by("metadata.namespace", route.metadata.namespace, 'metadata.labels["kubernetes.io/service-name"]', path.backend.service.name) %}
    {%- for endpoint in slice.endpoints if endpoint.conditions.ready %}
    server {{ endpoint.targetRef.name }} {{ endpoint.addresses[0] }}:{{ slice.ports[0].port }} check{{ " backup" if inputs.nodes.at(endpoint.nodeName).metadata.labels["${ZONE}"] != "a" }}
    {%- endfor %}
    {%- endfor %}
{%- endfor %}
{% endfor %}`;
const HOSTS = `{% for route in inputs.routes %}{{ route.spec.rules[0].host }} {{ route.metadata.namespace }}_{{ route.metadata.name }}
{% endfor %}`;

/** What an API server adds to all objects, and what nobody keeps. */
const metadataOf = (name: string, labels: object, namespace = NAMESPACE) => ({
  name,
  namespace,
  labels: { ...labels, 'app.kubernetes.io/managed-by': 'Helm', 'helm.sh/chart': 'web-1.2.3' },
  annotations: { 'meta.helm.sh/release-name': name, 'meta.helm.sh/release-namespace': namespace },
  uid: '7f3a9c1e-2b4d-4c6e-8f10-0123456789ab',
  creationTimestamp: '2026-01-01T00:00:00Z',
  managedFields: [
    {
      manager: 'kube-controller-manager',
      operation: 'Update',
      fieldsV1: { 'f:endpoints': {}, 'f:ports': {} },
    },
  ],
});

function putSlice({ store }: ApiServer, i: number, firstAddress: string): void {
  const service = `service-${Math.floor(i / SLICES_PER_SERVICE)}`;
  const endpoints = Array.from({ length: ENDPOINTS_PER_SLICE }, (_, n) => ({
    addresses: [n === 0 ? firstAddress : addressOf(i * ENDPOINTS_PER_SLICE + n)],
    conditions: { ready: true, serving: true, terminating: false },
    nodeName: `node-${(i * ENDPOINTS_PER_SLICE + n) % NODES}`,
    targetRef: { kind: 'Pod', namespace: NAMESPACE, name: `pod-${i}-${n}` },
    zone: ZONES[i % 3],
  }));
  store.put('endpointslices', {
    metadata: metadataOf(`${service}-${i}`, { 'kubernetes.io/service-name': service }),
    addressType: 'IPv4',
    endpoints,
    ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
  });
}

function putIngress({ store }: ApiServer, i: number, host: string): void {
  const service = { name: `service-${i}`, port: { number: 80 } };
  const paths = [{ path: '/', pathType: 'Prefix', backend: { service } }];
  store.put('ingresses', {
    metadata: metadataOf(`web-${i}`, {}),
    spec: { ingressClassName: 'haproxy', rules: [{ host, http: { paths } }] },
    status: { loadBalancer: { ingress: [{ ip: '192.0.2.1' }] } },
  });
}

function putSample({ store }: ApiServer, i: number): void {
  const kind = i % SAMPLE_KINDS;
  store.put(`samples${kind}`, {
    metadata: metadataOf(`sweb-${Math.floor(i / SAMPLE_KINDS)}`, {}),
    spec: {
      timeout: 30 + (i % 10),
      retries: 3,
      tags: ['a', 'b'],
      note: 'a value of a custom kind',
    },
  });
}

function fill(server: ApiServer): void {
  const { store } = server;
  for (let i = 0; i < SERVICES * SLICES_PER_SERVICE; i++)
    putSlice(server, i, addressOf(i * ENDPOINTS_PER_SLICE));
  for (let i = 0; i < NODES; i++)
    store.put('nodes', {
      metadata: metadataOf(`node-${i}`, { [ZONE]: ZONES[i % 3] }, ''),
      spec: { podCIDR: '10.0.0.0/24' },
      status: { nodeInfo: { kubeletVersion: 'v1.35.0' } },
    });
  for (let i = 0; i < INGRESSES; i++) putIngress(server, i, `web-${i}.example.com`);
  for (let i = 0; i < SAMPLES; i++) putSample(server, i);
  store.put('configmaps', configMap('services', {}));
  const config = { template: TEMPLATE, 'files.hosts.map': HOSTS, 'inputs.yaml': INPUTS };
  store.put('configmaps', configMap('config', config));
  store.put('configmaps', configMap('certificates', {}));
  store.put('secrets', { metadata: { name: 'keys', namespace: 'lb' }, data: {} });
}

/** Changes one object after the other; each is acknowledged when it returns from the store. */
async function change(
  watcher: BundleWatcher,
  act: (n: number) => string,
): Promise<readonly number[]> {
  const before = watcher.times.length;
  for (let n = 0; n < CHANGES; n++) {
    watcher.expect(act(n));
    await until('it is served', () => watcher.times.length === before + n + 1, 60_000);
    await delay(EVERY_MS);
  }
  return watcher.times.slice(before);
}

async function measure(scope: Scope): Promise<readonly (readonly (string | number)[])[]> {
  const server = await startApiServer(scope);
  fill(server);
  const began = performance.now();
  const args = ['serve', '--k8sbase', server.base, '--listen', '127.0.0.1:0'];
  const service = scope.processes.start('service', args);
  const url = await service.prints(/"listens":"([^"]+)"/);
  await until('it is ready', async () => (await fetch(`${url}/readyz`)).ok, 120_000);
  const watcher = watchBundles(url, { takesDeltas: true });
  await until('the first bundle', () => watcher.bundles() > 0, 120_000);
  const startS = (performance.now() - began) / 1000;
  await delay(5000);
  const renderers = () =>
    [...service.output().matchAll(/"renderer started","pid":(\d+)/g)].map(([, pid]) => Number(pid));
  const rows: (readonly (string | number)[])[] = [];
  const memory = () => {
    const own = residentMiB(service.pid);
    const renderer = residentMiB(Number(renderers().at(-1)));
    const all = childrenOf(service.pid).reduce((sum, pid) => sum + residentMiB(pid), own);
    return [own, renderer, own + renderer, all];
  };
  const slices = await change(watcher, (n) => {
    const address = addressOf(200_000 + n);
    putSlice(server, Math.floor(Math.random() * INGRESSES * SLICES_PER_SERVICE), address);
    return ` ${address}:`;
  });
  rows.push([
    'an EndpointSlice (endpoints)',
    quantile(slices, 0.5),
    quantile(slices, 0.99),
    ...memory(),
    startS,
  ]);
  const ingresses = await change(watcher, (n) => {
    const i = Math.floor(Math.random() * INGRESSES);
    putIngress(server, i, `changed-${n}.example.com`);
    return ` changed-${n}.example.com`;
  });
  rows.push([
    'an Ingress (intent)',
    quantile(ingresses, 0.5),
    quantile(ingresses, 0.99),
    ...memory(),
    startS,
  ]);
  await watcher.end();
  return rows;
}

/** Many kinds and many objects on one service: what it holds, and what one changed object costs. */
export default async function kinds(): Promise<Section> {
  const total = SERVICES * SLICES_PER_SERVICE + INGRESSES + NODES + SAMPLES;
  return {
    title: 'Twenty kinds as inputs',
    note: `${total.toLocaleString('en')} objects of ${SAMPLE_KINDS + 3} kinds: ${SERVICES * SLICES_PER_SERVICE} EndpointSlices, ${NODES} Nodes, ${INGRESSES} Ingresses, and ${SAMPLES} of kinds of their own. From the API server's acknowledgement of one changed object until a poller that takes deltas, as reloaders do, has the bundle with it, ${CHANGES} changes one after the other. Memory is resident after them, of server and renderer; and of all, with the renderer in which intent is tried, which is kept for five minutes. Start is from the process to the first bundle. The API server of the tests, the service and the poller share two cores.`,
    head: [
      'what changes',
      'median ms',
      'p99 ms',
      'server MiB',
      'renderer MiB',
      'together MiB',
      'all MiB',
      'start s',
    ],
    rows: await alone(measure),
  };
}
