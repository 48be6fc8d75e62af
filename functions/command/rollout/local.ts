import { request } from 'undici';
import type { Settings } from '../../settings.ts';

/** Where a service of these settings shows its metrics, on this machine. */
function metricsUrl({ listen, metricsListen, tlsCert }: Settings): string {
  const { host, port } = metricsListen ?? listen;
  const isPlain = metricsListen !== undefined || tlsCert === undefined;
  const shown = host.includes(':') ? `[${host}]` : host;
  return `${isPlain ? 'http' : 'https'}://${shown}:${port}/metrics`;
}

/**
 * `/metrics` of the service that runs on this machine with the same settings: with files as source there is one.
 *
 * @throws Error where it does not answer
 */
export async function readLocalMetrics(settings: Settings): Promise<ReadonlyMap<string, string>> {
  const url = metricsUrl(settings);
  const { statusCode, body } = await request(url);
  const text = await body.text();
  if (statusCode !== 200) throw new Error(`${url} answers ${statusCode}`);
  return new Map([[new URL(url).host, text]]);
}
