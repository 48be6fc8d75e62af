import type { TestContext } from 'node:test';
import type { ManifestText } from '../../functions/index.ts';
import { service, slice } from './cluster-objects.ts';
import { type Example, readExample } from './example.ts';
import { type Got, get, namesServed, type ProxyOptions, podOf, startProxy } from './proxy.ts';

export interface Asked {
  /** The example's, 8000 unless given. */
  readonly port?: number;
  readonly isTls?: boolean;
  readonly path?: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A HAProxy that runs the example, and whom to ask for what it does. */
export interface World {
  ask(host: string, asked?: Asked): Promise<Got>;
  /** The Service of the pod that answers, or the status where that is not 200. */
  whoIs(host: string, path?: string): Promise<string>;
  /** The names in the certificate that TLS answers with for a name, empty where there is no handshake. */
  namesFor(servername: string): Promise<string>;
  /** The lines of a backend. */
  backend(name: string): readonly string[];
}

/** What one rule of a README is tested by. */
export interface Case {
  readonly objects?: readonly object[];
  check(world: World): Promise<void>;
}

/** Services of one pod each: requests are answered with the name of the pod. */
const SERVICES = ['one', 'two', 'three', 'all'] as const;
const endpoints = SERVICES.flatMap((name, i) => [
  service({ name }),
  slice({ name: `${name}-a`, of: name, endpoints: [{ ip: `10.1.0.${i}`, pod: `${name}-x-y` }] }),
]);
/** The template of an example over these objects instead of its own, and the Services. */
export const textsWith = (
  example: Example,
  objects: readonly object[],
): readonly ManifestText[] => [
  ...readExample(example).filter(({ origin }) => ['config.yaml', 'services.yaml'].includes(origin)),
  ...[...endpoints, ...objects].map((object, i) => ({
    origin: `object ${i}`,
    text: JSON.stringify(object),
  })),
];

export async function startWorld(
  t: TestContext,
  texts: readonly ManifestText[],
  startPod?: ProxyOptions['startPod'],
): Promise<World> {
  const proxy = await startProxy(t, { texts, ...(startPod && { startPod }) });
  const sections = new Map(
    proxy.rendered.split(/\n(?=backend )/).map((text) => {
      const [head = '', ...lines] = text.split('\n');
      return [head.split(' ')[1] ?? '', lines.map((line) => line.trim()).filter(Boolean)];
    }),
  );
  const ask = (host: string, { headers, port = 8000, ...asked }: Asked = {}) =>
    get({ port: proxy.port(port), ...asked, headers: { Host: host, ...headers } });
  return {
    ask,
    whoIs: async (host, path = '/') => podOf(await ask(host, { path })),
    namesFor: (servername) => namesServed(proxy.port(8443), servername),
    backend: (name) => sections.get(name) ?? [],
  };
}
