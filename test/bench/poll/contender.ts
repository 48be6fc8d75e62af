import { createHash, randomBytes } from 'node:crypto';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { PROGRAMS } from '../../kit/processes.ts';
import { configMap } from '../../kubernetes/objects.ts';
import type { Bundle } from './bare-server.ts';
import { startChild } from './child.ts';

/** A server of many held polls: the service, or the least that does the same. */
export interface Contender {
  readonly pid: number;
  readonly url: string;
  /** Brings a new bundle, of another hash. */
  change(): Promise<void>;
  held(): Promise<number>;
  /** When the newest bundle was there to be sent, in milliseconds since the epoch; undefined: as soon as it came. */
  published(): number | undefined;
  end(): Promise<void>;
}

export interface KeyPairFiles {
  readonly cert: string;
  readonly key: string;
}

export interface ContenderOptions {
  readonly home: string;
  readonly tls?: KeyPairFiles | undefined;
  /** Pods that stay as they are, beside the one that changes: then there is a line for each, and no noise. */
  readonly pods?: number;
}

/** Bytes that do not shrink below half: as many as give a bundle of 6 kB, gzipped. */
const NOISE = randomBytes(5_600).toString('hex');
const LINES = NOISE.replace(/.{64}/g, '    # $&\n');

const template = (noise: string) => `defaults
    mode http
backend web
{%- for pod in services[0].pods.values() %}
    server {{ pod.metadata.name }} {{ pod.status.podIP }}:80
{%- endfor %}
${noise}`;
const SERVICE = JSON.stringify({ namespace: 'shop', selector: { app: 'web' } });

/** Of a pod's name: as little alike as those of Kubernetes. */
const suffix = (n: number) => createHash('sha256').update(String(n)).digest('hex').slice(0, 8);

const asManifest = (kind: string, object: object) => ({ apiVersion: 'v1', kind, ...object });

const podOf = (change: number, name = 'web-1') =>
  asManifest('Pod', {
    metadata: { name, namespace: 'shop', labels: { app: 'web' } },
    status: {
      podIP: `10.${change >> 16}.${(change >> 8) & 255}.${change & 255}`,
      conditions: [{ type: 'Ready', status: 'True' }],
    },
  });

/** The service, on a folder: a change is a file that is renamed. */
export async function startService({ home, tls, pods = 0 }: ContenderOptions): Promise<Contender> {
  const from = join(home, 'manifests');
  await mkdir(from, { recursive: true });
  async function put(name: string, manifest: object): Promise<void> {
    const file = join(home, 'next.json');
    await writeFile(file, JSON.stringify(manifest));
    await rename(file, join(from, name));
  }
  let changes = 0;
  async function change(): Promise<void> {
    changes += 1;
    await put('pod.json', podOf(changes));
  }
  await put('services.json', asManifest('ConfigMap', configMap('services', { web: SERVICE })));
  await put(
    'config.json',
    asManifest('ConfigMap', configMap('config', { template: template(pods > 0 ? '' : LINES) })),
  );
  const items = Array.from({ length: pods }, (_, i) =>
    podOf(i + 1_000, `web-7c9f6d5b8d-${suffix(i)}`),
  );
  if (pods > 0) await put('pods.json', { kind: 'List', items });
  await change();
  const flags = tls ? ['--tls-cert', tls.cert, '--tls-key', tls.key] : [];
  const args = ['serve', '--from', from, '--listen', '127.0.0.1:0', ...flags];
  const child = startChild(PROGRAMS.service, args);
  const url = await child.prints(/"listens":"([^"]+)"/);
  await child.prints(/(bundle published)/);
  const held = async () => {
    const text = await (await fetch(`${url}/metrics`)).text();
    return Number(/^kubernetes_haproxy_held_polls (\d+)$/m.exec(text)?.[1]);
  };
  const published = () => {
    const last = child.output().lastIndexOf('"message":"bundle published"');
    const line = child.output().slice(0, last).lastIndexOf('{');
    const [, time = ''] = /"time":"([^"]+)"/.exec(child.output().slice(line)) ?? [];
    return Date.parse(time);
  };
  return { ...child, url, change, held, published };
}

/** The least that does the same: a change is a message. */
export async function startBare({ tls }: ContenderOptions): Promise<Contender> {
  const module = join(import.meta.dirname, 'bare-server.js');
  const child = startChild<Bundle, never>(module, tls ? [tls.cert, tls.key] : []);
  const url = await child.prints(/listens on (\S+)/);
  let changes = 0;
  async function change(): Promise<void> {
    changes += 1;
    const json = JSON.stringify({ files: [{ content: LINES }], pod: podOf(changes) });
    child.send({ etag: `"bare:${changes}"`, body: gzipSync(json).toString('base64') });
  }
  await change();
  const held = async () => Number(await (await fetch(`${url}/held`)).text());
  return { ...child, url, change, held, published: () => undefined };
}
