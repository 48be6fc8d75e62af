import { parse } from 'yaml';
import { readExample } from '../examples/example.ts';
import { type Cluster, NAMESPACE, type Pod } from './cluster.ts';

/** Many pods in a cluster, one of which is watched as it changes. */
export interface Fleet {
  /** Lets the watched service have this one pod. */
  putProbe(pod: Omit<Pod, 'app'>): Promise<void>;
  /** Replaces the pod of this number by another one, of a name and an address that were not there before. */
  replacePod(number: number): Promise<void>;
}

export interface FleetOptions {
  readonly cluster: Cluster;
  readonly pods: number;
  /** HAProxy's, of the frontend and of the statistics. */
  readonly port: number;
  readonly statsPort: number;
  /** That of the pods that exist. */
  readonly podPort: number;
  /** A pod whose connections stay. */
  readonly holder: string;
  /** Whether a rule tells the watched pod's name, too: then it takes a reload to change it. */
  readonly isNamedInRule: boolean;
}

export const PROBE_HOST = 'probe.example.com';
export const HOLDER_HOST = 'holder.example.com';
const PODS_PER_SERVICE = 10;
const PODS_PER_GROUP = 100;
const RULE = `{% for name in services|selectattr("name", "equalto", "probe")|map(attribute="pods")|first %}
        http-request set-header X-Probe {{ name }}
{% endfor %}`;

const service = (app: string, hostname: string, port: number) =>
  JSON.stringify({ namespace: NAMESPACE, selector: { app }, hostnames: [hostname], ports: [port] });

export const addressOf = (n: number): string =>
  `10.${(n >> 16) & 255}.${(n >> 8) & 255}.${n & 255}`;

/** The template of the example `basic`, on ports of its own; the pods that do not exist are not checked. */
function template({ port, statsPort, isNamedInRule }: FleetOptions): string {
  const config = readExample('basic').find(({ origin }) => origin === 'config.yaml')?.text ?? '';
  const { data } = parse(config) as { data: { template: string } };
  return data.template
    .replace('bind :8000', `bind 127.0.0.1:${port}\n${isNamedInRule ? RULE : ''}`)
    .replace('bind :8404', `bind 127.0.0.1:${statsPort}`)
    .replace('default-server check', 'default-server');
}

/** Fills a cluster with a fleet: ten pods a service. */
export async function createFleet(options: FleetOptions): Promise<Fleet> {
  const { cluster, pods, podPort } = options;
  const appOf = (number: number) => `app-${Math.floor(number / PODS_PER_SERVICE)}`;
  const apps = Array.from({ length: Math.ceil(pods / PODS_PER_SERVICE) }, (_, i) =>
    appOf(i * PODS_PER_SERVICE),
  );
  await cluster.putConfigMap('config', { template: template(options) });
  await cluster.putConfigMap('services', {
    ...Object.fromEntries(apps.map((app) => [app, service(app, `${app}.example.com`, 8080)])),
    probe: service('probe', PROBE_HOST, podPort),
    holder: service('holder', HOLDER_HOST, podPort),
  });
  await cluster.putPods('holder', [{ name: 'holder', app: 'holder', address: options.holder }]);
  let made = 0;
  const newPod = (number: number): Pod => {
    made += 1;
    return { name: `pod-${made}`, app: appOf(number), address: addressOf(made) };
  };
  const all = Array.from({ length: pods }, (_, number) => newPod(number));
  const putGroup = (first: number) =>
    cluster.putPods(`pods-${first}`, all.slice(first, first + PODS_PER_GROUP));
  for (let first = 0; first < pods; first += PODS_PER_GROUP) await putGroup(first);
  return {
    putProbe: (pod) => cluster.putPods('probe', [{ ...pod, app: 'probe' }]),
    replacePod(number) {
      all[number] = newPod(number);
      return putGroup(number - (number % PODS_PER_GROUP));
    },
  };
}
