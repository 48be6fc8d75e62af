import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { EVIDENCE_HEADER, parseEvidence, WINDOW_HEADER } from '../../../functions/wire/evidence.ts';
import { REVISION_HEADER } from '../../../functions/wire/revision.ts';
import { HAPROXY } from '../../kit/haproxy.ts';
import { freePort } from '../../kit/port.ts';
import { bundleOf, startRendererAlone } from '../../kit/renderer.ts';
import { until } from '../../kit/until.ts';
import { childrenOf, exactProcessorMs } from '../process-cost.ts';
import { alone, type Scope } from '../scope.ts';

/** What a proxy has cost since it was looked at, in a minute. */
interface Cost {
  readonly reloaderMs: number;
  readonly haproxyMs: number;
  readonly bytes: number;
}

interface Proxy {
  look(): Cost;
}

const REVISION = `sha256:${'a'.repeat(64)}`;
/**
 * Until what both do is compiled, a window has ended several times, and what the start left behind is collected: a heap
 * is collected some 40 to 90 s after a start, and each time costs as much as evidence does in minutes.
 */
const WARM_MS = 100_000;
const MEASURE_MS = 300_000;
const PROXIES = 8;

function configOf(port: number, services: number, pods: number): string {
  const server = (service: number, pod: number) =>
    `  server s${pod} 127.0.${service}.${pod + 1}:9 disabled`;
  const backends = Array.from({ length: services }, (_, service) => [
    `backend service-${service}`,
    ...Array.from({ length: pods }, (__, pod) => server(service, pod)),
  ]);
  const head = ['defaults', '  mode http', '  timeout connect 5s', '  timeout client 5s'];
  const frontend = ['frontend web', `  bind 127.0.0.1:${port}`];
  return [...head, '  timeout server 5s', ...frontend, ...backends.flat(), ''].join('\n');
}

/** All processes below one. */
const below = (pid: number): readonly number[] =>
  childrenOf(pid).flatMap((child) => [child, ...below(child)]);

interface Asked {
  readonly config: string;
  readonly port: number;
  /** How it tells; undefined: it is not asked. */
  readonly way: EvidenceOf['way'] | undefined;
  readonly number: number;
}

/** A reloader with HAProxy; it is asked for evidence, or is not. */
async function startProxy(
  { processes, home, after }: Scope,
  { config, port: ofWeb, way, number }: Asked,
): Promise<Proxy> {
  const renderer = await startRendererAlone();
  after(renderer.leave);
  renderer.tell({
    [REVISION_HEADER]: REVISION,
    ...(way !== undefined && { [WINDOW_HEADER]: '10' }),
  });
  const lines = way === 'request' ? renderer.takeEvidence() : [];
  renderer.serve(bundleOf(config));
  const { pid, prints } = processes.start('reloader', [
    ...[
      `--renderer=${renderer.url}`,
      `--state-dir=${join(home, `${way ?? 'not-asked'}-${number}`)}`,
    ],
    ...[`--haproxy=${HAPROXY}`, '--listen=127.0.0.1:0', '--drain=0', '--audit-schedule=off'],
  ]);
  const port = await prints(/"listen":\{[^}]*"port":(\d+)/);
  await until('it is ready', async () => (await fetch(`http://127.0.0.1:${port}/readyz`)).ok);
  // With answers to count, as of anybody in mode http.
  await fetch(`http://127.0.0.1:${ofWeb}/`);
  const headers = () =>
    renderer.seen
      .map((request) => String(request.headers[EVIDENCE_HEADER]))
      .filter((line) => parseEvidence(line) !== undefined);
  const read = () => ({
    at: performance.now(),
    reloader: exactProcessorMs(pid),
    haproxy: below(pid).reduce((sum, one) => sum + exactProcessorMs(one), 0),
    // A line of a body is a chunk of it (RFC 9112, section 7.1).
    bytes:
      lines.reduce((sum, line) => sum + `3b\r\n${line}\n\r\n`.length, 0) +
      headers().reduce((sum, line) => sum + `X-Evidence: ${line}\r\n`.length, 0),
  });
  let last = read();
  return {
    look() {
      const [before, now] = [last, read()];
      last = now;
      const minutes = (now.at - before.at) / 60_000;
      return {
        reloaderMs: (now.reloader - before.reloader) / minutes,
        haproxyMs: (now.haproxy - before.haproxy) / minutes,
        bytes: (now.bytes - before.bytes) / minutes,
      };
    },
  };
}

const mean = (costs: readonly Cost[], of: (cost: Cost) => number): number =>
  costs.reduce((sum, cost) => sum + of(cost), 0) / costs.length;

/** Of a proxy with so many services, of so many pods each. */
export interface EvidenceOf {
  readonly services: number;
  readonly pods: number;
  readonly way: 'request' | 'polls';
}

/**
 * What evidence costs a proxy in a minute: beside others that are not asked for any, at the same time. What either takes
 * for everything else is several times as much, so that it takes several of both to see the difference.
 */
export async function measureEvidence({ services, pods, way }: EvidenceOf): Promise<Cost> {
  return alone(async (scope) => {
    const [asked, others]: [Proxy[], Proxy[]] = [[], []];
    for (let number = 0; number < PROXIES; number += 1)
      for (const [proxies, how] of [
        [asked, way],
        [others, undefined],
      ] as const) {
        const ofWeb = await freePort();
        const config = configOf(ofWeb, services, pods);
        proxies.push(await startProxy(scope, { config, port: ofWeb, way: how, number }));
      }
    const look = (proxies: readonly Proxy[]) => proxies.map((proxy) => proxy.look());
    await delay(WARM_MS);
    for (const proxies of [asked, others]) look(proxies);
    await delay(MEASURE_MS);
    const [mine, theirs] = [look(asked), look(others)];
    const more = (of: (cost: Cost) => number) => mean(mine, of) - mean(theirs, of);
    return {
      reloaderMs: more(({ reloaderMs }) => reloaderMs),
      haproxyMs: more(({ haproxyMs }) => haproxyMs),
      bytes: mean(mine, ({ bytes }) => bytes),
    };
  });
}
