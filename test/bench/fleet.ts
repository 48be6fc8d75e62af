import { readFileSync } from 'node:fs';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { readExample } from '../examples/example.ts';

/** A folder of manifests with many pods, one of which is watched as it changes. */
export interface Fleet {
  readonly folder: string;
  /** Lets the watched service have this one pod. */
  putProbe(pod: { readonly name: string; readonly address: string }): Promise<void>;
}

export const PROBE_HOST = 'probe.example.com';
const PODS_PER_SERVICE = 10;
const PODS_PER_FILE = 100;
/** So that a pod has 9 kB, as the API server's have. */
const VARIABLES = 75;
const VALUE = 'value '.repeat(14);

const pod = (name: string, app: string, address: string) => {
  const container = {
    name: app,
    image: `registry.example.com/${app}:1.0.0`,
    env: Array.from({ length: VARIABLES }, (_, i) => ({ name: `NAME_${i}`, value: VALUE })),
    resources: { requests: { cpu: '100m', memory: '128Mi' }, limits: { memory: '256Mi' } },
  };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'default', labels: { app } },
    spec: { nodeName: 'node-1', containers: [container] },
    status: {
      phase: 'Running',
      podIP: address,
      conditions: ['PodScheduled', 'Initialized', 'ContainersReady', 'Ready'].map((type) => ({
        type,
        status: 'True',
      })),
    },
  };
};

const service = (app: string, hostname: string, port: number) =>
  JSON.stringify({ namespace: 'default', selector: { app }, hostnames: [hostname], ports: [port] });

/** The template of the example `basic`, on a port of its own; the pods that do not exist are not checked. */
function template(port: number, statsPort: number): string {
  const config = readExample('basic').find(({ origin }) => origin === 'config.yaml')?.text ?? '';
  const { data } = parse(config) as { data: { template: string } };
  return data.template
    .replace('bind :8000', `bind 127.0.0.1:${port}`)
    .replace('bind :8404', `bind 127.0.0.1:${statsPort}`)
    .replace('default-server check', 'default-server');
}

export interface FleetOptions {
  readonly folder: string;
  readonly pods: number;
  readonly port: number;
  readonly statsPort: number;
  readonly podPort: number;
}

/** Writes the manifests of a fleet: ten pods a service. */
export async function createFleet(options: FleetOptions): Promise<Fleet> {
  const { folder, pods, podPort } = options;
  await mkdir(folder, { recursive: true });
  const write = async (file: string, value: object) => {
    await writeFile(join(folder, `.${file}`), JSON.stringify(value));
    await rename(join(folder, `.${file}`), join(folder, file));
  };
  const apps = Array.from({ length: Math.ceil(pods / PODS_PER_SERVICE) }, (_, i) => `app-${i}`);
  const configMap = (name: string, data: Record<string, string>) =>
    write(`${name}.json`, { kind: 'ConfigMap', metadata: { name, namespace: 'lb' }, data });
  await configMap('config', { template: template(options.port, options.statsPort) });
  await configMap('services', {
    ...Object.fromEntries(apps.map((app) => [app, service(app, `${app}.example.com`, 8080)])),
    probe: service('probe', PROBE_HOST, podPort),
  });
  const all = Array.from({ length: pods }, (_, i) => {
    const address = `10.${(i >> 16) & 255}.${(i >> 8) & 255}.${i & 255}`;
    return pod(`pod-${i}`, apps[Math.floor(i / PODS_PER_SERVICE)] ?? '', address);
  });
  for (let i = 0; i < all.length; i += PODS_PER_FILE)
    await write(`pods-${i}.json`, { kind: 'List', items: all.slice(i, i + PODS_PER_FILE) });
  return {
    folder,
    putProbe: ({ name, address }) => write('probe.json', pod(name, 'probe', address)),
  };
}

/** Resident memory of a process, in MiB. */
export function residentMiB(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024;
}
