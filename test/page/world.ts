import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { Agent, request } from 'undici';
import { folder } from '../kit/folder.ts';
import { configMap, pod } from '../kit/objects.ts';
import { type ServiceProcess, startServiceProcess } from '../kit/service.ts';
import { until } from '../kit/until.ts';
import { leaveAll } from './people.ts';

export const TEMPLATE = `global
    maxconn 1000
{%- macro server(pod) %}server {{ pod.metadata.name }} {{ pod.status.podIP }}:8080{% endmacro %}
{%- for service in services %}
backend {{ service.name }}
{%- for pod in service.pods.values() %}
    {{ server(pod) }}
{%- endfor %}
{%- endfor %}
`;

const service = (app: string, more = {}) =>
  JSON.stringify({ namespace: 'shop', selector: { app }, ...more });

export const SERVICES = { shop: service('shop'), web: service('web') };

const PODS = ['shop-1', 'web-1', 'web-2'].map((name, i) =>
  pod({ name, ip: `10.0.0.${i + 1}`, labels: { app: name.split('-')[0] ?? '' } }),
);

export interface World extends ServiceProcess {
  /** People write something else. */
  write(written: { template?: string; services?: Record<string, string> }): Promise<void>;
  /** A reloader asks. */
  poll(name: string, headers?: Record<string, string>): Promise<void>;
  /** What is served now: its hash and its revision. */
  served(): Promise<{ readonly etag: string; readonly revision: string }>;
}

/** A real service over a folder, and what people and proxies do to it. */
export async function createWorld(
  t: TestContext,
  options: {
    readonly args?: readonly string[];
    readonly env?: Record<string, string>;
    readonly token?: string;
    readonly more?: readonly object[];
    readonly listen?: string;
    /** A file of the authority of its certificate. */
    readonly ca?: string;
  } = {},
): Promise<World> {
  // Hooks run in their order: this one comes before the end of the service.
  t.after(() => leaveAll(t));
  const from = await folder();
  const write: World['write'] = ({ template = TEMPLATE, services = SERVICES }) => {
    const maps = [configMap('services', services), configMap('config', { template })];
    const items = [...maps, ...PODS, ...(options.more ?? [])];
    return writeFile(join(from, 'all.json'), JSON.stringify({ kind: 'List', items }));
  };
  await write({});
  const { listen } = options;
  const started = await startServiceProcess(t, {
    ...{ from, args: options.args ?? [], env: options.env ?? {} },
    ...(listen !== undefined && { listen }),
  });
  const headers: Record<string, string> =
    options.token === undefined ? {} : { authorization: `Bearer ${options.token}` };
  const ca = options.ca === undefined ? undefined : await readFile(options.ca, 'utf8');
  const dispatcher = new Agent({ connect: ca === undefined ? {} : { ca } });
  t.after(() => dispatcher.destroy());
  async function ask(path: string, said: Record<string, string> = {}) {
    const answer = await request(started.url + path, {
      dispatcher,
      headers: { ...headers, ...said },
    });
    await answer.body.dump();
    return answer;
  }
  await until('it is ready', async () => (await ask('/readyz')).statusCode === 200);
  return {
    ...started,
    write,
    async poll(name, said = {}) {
      await ask('/bundle', { 'x-proxy-name': name, ...said });
    },
    async served() {
      const { headers: told } = await ask('/bundle');
      return {
        etag: String(told.etag).replaceAll('"', ''),
        revision: String(told['x-config-revision']),
      };
    },
  };
}
