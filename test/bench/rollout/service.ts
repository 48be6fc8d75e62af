import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hashIntent } from '../../../functions/core/intent.ts';
import { PROGRAMS } from '../../kit/processes.ts';
import { until } from '../../kit/until.ts';
import { configMap } from '../../kubernetes/objects.ts';
import { type Child, startChild } from '../poll/child.ts';

/** The service on a folder that keeps its revisions, with templates that differ by a word. */
export interface Service extends Pick<Child<never, never>, 'pid' | 'output' | 'end'> {
  readonly url: string;
  /** Writes another template; gives its revision. */
  write(word: string): Promise<string>;
  /** The revision that a template has, or is going to have. */
  revisionOf(word: string): string;
  /** Gives a pod another address. */
  movePod(): Promise<void>;
  held(): Promise<number>;
  /** When it said this for the last time after a moment, both in milliseconds since the epoch. */
  said(message: string, since: number): Promise<number>;
}

export interface ServiceOptions {
  readonly home: string;
  readonly steps: string;
  readonly soakS: number;
}

const POD_COUNT = 1_000;
const SERVICE = JSON.stringify({ namespace: 'shop', selector: { app: 'web' } });
const templateOf = (word: string) => `# ${word}
defaults
    mode http
backend web
{%- for pod in services[0].pods.values() %}
    server {{ pod.metadata.name }} {{ pod.status.podIP }}:80
{%- endfor %}
`;
const manifest = (kind: string, object: object) => ({ apiVersion: 'v1', kind, ...object });
const podOf = (name: string, n: number) =>
  manifest('Pod', {
    metadata: { name, namespace: 'shop', labels: { app: 'web' } },
    status: {
      podIP: `10.${n >> 16}.${(n >> 8) & 255}.${n & 255}`,
      conditions: [{ type: 'Ready', status: 'True' }],
    },
  });

export async function startService({ home, steps, soakS }: ServiceOptions): Promise<Service> {
  const from = join(home, 'manifests');
  await mkdir(from, { recursive: true });
  let moves = 100_000;

  async function put(name: string, object: object): Promise<void> {
    const file = join(home, 'next.json');
    await writeFile(file, JSON.stringify(object));
    await rename(file, join(from, name));
  }
  const revisionOf = (word: string) =>
    hashIntent({ services: { web: SERVICE }, config: { template: templateOf(word) } });
  async function write(word: string): Promise<string> {
    const template = templateOf(word);
    await put('config.json', manifest('ConfigMap', configMap('config', { template })));
    return revisionOf(word);
  }
  async function movePod(): Promise<void> {
    moves += 1;
    await put('pod.json', podOf('web-moving', moves));
  }

  await put('services.json', manifest('ConfigMap', configMap('services', { web: SERVICE })));
  const items = Array.from({ length: POD_COUNT }, (_, i) => podOf(`web-${i}`, i + 1_000));
  await put('pods.json', manifest('List', { items }));
  await write('first');
  await movePod();
  const child = startChild<never, never>(PROGRAMS.service, [
    ...['serve', '--from', from, '--listen', '127.0.0.1:0', '--state-dir', join(home, 'state')],
    ...['--rollout-steps', steps, '--rollout-soak', String(soakS)],
  ]);
  const url = await child.prints(/"listens":"([^"]+)"/);
  await child.prints(/(bundle published)/);

  async function held(): Promise<number> {
    const text = await (await fetch(`${url}/metrics`)).text();
    return Number(/^kubernetes_haproxy_held_polls (\d+)$/m.exec(text)?.[1]);
  }
  const said = (message: string, since: number) =>
    until(`the service says that ${message}`, () => {
      const times = child
        .output()
        .split('\n')
        .filter((line) => line.includes(`"message":"${message}"`))
        .map((line) => Date.parse(/"time":"([^"]+)"/.exec(line)?.[1] ?? ''));
      return times.findLast((time) => time >= since);
    });
  const { pid, output, end } = child;
  return { pid, output, end, url, write, revisionOf, movePod, held, said };
}
