import { request } from 'undici';
import type { Settings } from '../../settings.ts';
import { AskError } from '../ask.ts';

/** Where a service of these settings shows its metrics, on this machine. */
function metricsUrl({ listen, metricsListen, tlsCert }: Settings): string {
  const { host, port } = metricsListen ?? listen;
  const isPlain = metricsListen !== undefined || tlsCert === undefined;
  const shown = host.includes(':') ? `[${host}]` : host;
  return `${isPlain ? 'http' : 'https'}://${shown}:${port}/metrics`;
}

const HINT =
  'The service that serves these files is asked: start it, or give the same --listen, --metrics-listen and --tls-cert as it has.';

/**
 * `/metrics` of the service that runs on this machine with the same settings: with files as source there is one.
 *
 * @throws AskError where it does not answer
 */
export async function readLocalMetrics(settings: Settings): Promise<ReadonlyMap<string, string>> {
  const url = metricsUrl(settings);
  try {
    const { statusCode, body } = await request(url);
    const text = await body.text();
    if (statusCode === 200) return new Map([[new URL(url).host, text]]);
    throw new Error(`status ${statusCode}`);
  } catch (cause) {
    const { message } = cause as Error;
    throw new AskError(`${url} does not answer: ${message}`, { hint: HINT, cause });
  }
}
