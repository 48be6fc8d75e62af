import { setTimeout as delay } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import type { ApiBody, Caller } from '../../kubernetes/caller.ts';
import { type Echo, startEcho } from './echo.ts';
import { POD_NETWORK } from './own-network.ts';

export interface StandInOptions {
  readonly caller: Caller;
  /** The program of the image that the suite's backends run. */
  readonly program: string;
}

/**
 * In the place of the controllers of Deployments and EndpointSlices, the scheduler and the kubelets: pods of Deployments
 * are processes at addresses that lead to the loopback, with the status and the slices that Kubernetes would give them.
 *
 * Pods that serve no HTTP (gRPC, TCP, DNS) are said to be ready, and run nothing: the suite waits for all pods.
 */
export interface StandIn {
  stop(): Promise<void>;
}

type Env = readonly { readonly name: string; readonly value?: string }[];
interface Template {
  readonly metadata: { readonly labels: Readonly<Record<string, string>> };
  readonly spec: { readonly containers: readonly { image: string; env?: Env }[] };
}
interface Port {
  readonly name?: string;
  readonly protocol: string;
  readonly port: number;
  readonly targetPort: number;
  readonly appProtocol?: string;
}

const PERIOD_MS = 200;
const PODS = '/api/v1/pods';
const OTHER_PROTOCOLS = /^(?:GRPC|TCP|UDP)_ECHO_SERVER$/;
const MERGE_PATCH = 'application/merge-patch+json';

const keyOf = ({ metadata }: ApiBody): string => `${metadata.namespace}/${metadata.name}`;
const labelsOf = ({ metadata }: ApiBody) =>
  (metadata.labels ?? {}) as Readonly<Record<string, string>>;

function servesHttp({ spec: { containers } }: Template): boolean {
  return containers.every(
    ({ image, env = [] }) =>
      image.includes('/echo-basic:') && !env.some(({ name }) => OTHER_PROTOCOLS.test(name)),
  );
}

const readyStatus = (address: string) => ({
  phase: 'Running',
  hostIP: '127.0.0.1',
  podIP: address,
  podIPs: [{ ip: address }],
  conditions: [{ type: 'Ready', status: 'True' }],
});

/** The slice of a Service's pods, as the controller of Kubernetes makes it. */
function sliceOf(service: ApiBody, pods: readonly ApiBody[]) {
  const { ports = [] } = service.spec as { ports?: readonly Port[] };
  return {
    addressType: 'IPv4',
    ports: ports.map(({ name = '', protocol, targetPort: port, appProtocol }) => ({
      ...{ name, protocol, port },
      ...(appProtocol !== undefined && { appProtocol }),
    })),
    endpoints: pods.map(({ metadata: { name, namespace, uid }, status }) => ({
      addresses: [(status as { podIP: string }).podIP],
      conditions: { ready: true, serving: true, terminating: false },
      nodeName: 'node',
      targetRef: { kind: 'Pod', name, namespace, uid },
    })),
  };
}

export function startStandIn({ caller, program }: StandInOptions): StandIn {
  const echoes = new Map<string, Echo>();
  const slices = new Map<string, ReturnType<typeof sliceOf>>();
  const stopped = new AbortController();

  const list = async (path: string) => {
    const { items = [] } = await caller.expect('GET', path);
    return items;
  };

  async function startPod(deployment: ApiBody, name: string): Promise<void> {
    const namespace = String(deployment.metadata.namespace);
    const { template } = deployment.spec as { template: Template };
    const path = `/api/v1/namespaces/${namespace}/pods`;
    const { labels } = template.metadata;
    const spec = { ...template.spec, nodeName: 'node' };
    await caller.expect('POST', path, { body: { metadata: { name, labels }, spec } });
    const address = `${POD_NETWORK}.${echoes.size + 1}`;
    const env = { POD_NAME: name, NAMESPACE: namespace };
    const echo = servesHttp(template) ? await startEcho({ program, address, env }) : undefined;
    echoes.set(`${namespace}/${name}`, echo ?? { stop: async () => undefined });
    const body = { status: readyStatus(address) };
    await caller.expect('PATCH', `${path}/${name}/status`, { body, contentType: MERGE_PATCH });
  }

  async function startPods(): Promise<void> {
    const known = new Set((await list(PODS)).map(keyOf));
    for (const deployment of await list('/apis/apps/v1/deployments')) {
      const { name, namespace } = deployment.metadata;
      const { replicas = 1 } = deployment.spec as { replicas?: number };
      // The suite finds the backend by the pod's name: but for its last two parts.
      const names = Array.from({ length: replicas }, (_, i) => `${name}-pod-${i}`);
      for (const pod of names)
        if (!known.has(`${namespace}/${pod}`)) await startPod(deployment, pod);
    }
  }

  async function writeSlice(service: ApiBody, pods: readonly ApiBody[]): Promise<void> {
    const key = keyOf(service);
    const slice = sliceOf(service, pods);
    if (isDeepStrictEqual(slices.get(key), slice)) return;
    const { name, namespace } = service.metadata;
    const path = `/apis/discovery.k8s.io/v1/namespaces/${namespace}/endpointslices`;
    const labels = { 'kubernetes.io/service-name': name };
    const body = { metadata: { name: `${name}-pods`, labels }, ...slice };
    const [status] = await caller.send('PUT', `${path}/${name}-pods`, { body });
    if (status === 404) await caller.expect('POST', path, { body });
    slices.set(key, slice);
  }

  async function writeSlices(): Promise<void> {
    const pods = (await list(PODS)).filter(
      ({ status }) => (status as { phase?: string }).phase === 'Running',
    );
    const services = await list('/api/v1/services');
    const there = new Set(services.map(keyOf));
    for (const key of slices.keys()) if (!there.has(key)) slices.delete(key);
    for (const service of services) {
      const { selector } = service.spec as { selector?: Readonly<Record<string, string>> };
      if (!selector) continue;
      const isChosen = (pod: ApiBody) =>
        pod.metadata.namespace === service.metadata.namespace &&
        Object.entries(selector).every(([key, value]) => labelsOf(pod)[key] === value);
      await writeSlice(service, pods.filter(isChosen));
    }
  }

  async function run(): Promise<void> {
    while (!stopped.signal.aborted) {
      await startPods();
      await writeSlices();
      await delay(PERIOD_MS, undefined, { signal: stopped.signal }).catch(() => undefined);
    }
  }

  const running = run();
  return {
    async stop() {
      stopped.abort();
      await running;
      await Promise.all([...echoes.values()].map((echo) => echo.stop()));
    },
  };
}
