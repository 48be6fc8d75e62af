import { tmpdir } from 'node:os';
import type { TestContext } from 'node:test';
import { createChecker } from '../../functions/intent/check.ts';
import { HAPROXY } from '../kit/haproxy.ts';
import { configMap, put } from '../kit/objects.ts';
import { TEMPLATE_HEAD } from '../kit/template-head.ts';
import { until } from '../kit/until.ts';
import { startPublisher } from '../publish/start.ts';

export type Data = Readonly<Record<string, string>>;

/** One backend and one rule a service, with a port and hostnames of its own. */
export const TEMPLATE = `${TEMPLATE_HEAD}\
{%- for service in services %}
  use_backend {{ service.backend|default(service.name) }} if { req.hdr(host) -i {{ service.hostnames|join(' ')|words }} }
{%- endfor %}
{%- for service in services %}
backend {{ service.backend|default(service.name) }}
{%- for pod in service.pods.values() %}
  server {{ pod.metadata.name }} {{ pod.status.podIP }}:{{ service.port }}
{%- endfor %}
{%- endfor %}
`;

export const service = (name: string, more: object = {}): string =>
  JSON.stringify({
    namespace: 'shop',
    selector: { app: name },
    hostnames: [`${name}.example`],
    port: 8080,
    ...more,
  });

export const services = (data: Data) => put(configMap('services', data));
export const config = (data: Data) => put(configMap('config', data));

/** A publisher whose intents a real HAProxy judges. */
export function startJudged(
  t: TestContext,
  { env = {}, ...options }: Parameters<typeof startPublisher>[1] & { env?: Data } = {},
  ...binaries: readonly string[]
) {
  const open = () =>
    createChecker({
      binaries: binaries.length > 0 ? binaries : [HAPROXY],
      within: tmpdir(),
      env: { ...env, PATH: process.env.PATH },
      deadlineMs: 30_000,
      memoryMb: 1024,
    });
  const started = startPublisher(t, { ...options, checker: open(), foreChecker: open() });
  const { publisher } = started;
  const held = () => publisher.status().intent.held.map(({ unit }) => unit);
  /** Waits until the newest intent is judged. */
  const judged = () =>
    until('the newest intent is judged', () => publisher.status().intent.state !== 'checking');
  return { ...started, held, judged };
}
