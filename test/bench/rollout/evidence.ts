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

/** What evidence costs it more, as a mean. */
interface More extends Cost {
  /** The standard error of the processor time of both. */
  readonly errorMs: number;
}

interface Proxy {
  /** What it has cost since the last look. */
  look(): Cost;
  /** From its next polls on it is asked for evidence, or is not any more. */
  turn(isAsked: boolean): void;
}

const REVISION = `sha256:${'a'.repeat(64)}`;
/**
 * Until what both do is compiled, a window has ended several times, and what the start left behind is collected: a heap
 * is collected some 40 to 90 s after a start, and each time costs as much as evidence does in minutes.
 */
const WARM_MS = 100_000;
/** A poll that is held ends within it. */
const TURN_MS = 60_000;
const MEASURE_MS = 240_000;
/** Of either kind. */
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

interface Given {
  readonly config: string;
  readonly port: number;
  /** How it tells. */
  readonly way: EvidenceOf['way'];
  readonly isAsked: boolean;
}

/** A reloader with HAProxy. */
async function startProxy(
  { processes, home, after }: Scope,
  { config, port: ofWeb, way, isAsked }: Given,
): Promise<Proxy> {
  const renderer = await startRendererAlone();
  after(renderer.leave);
  let lines: readonly string[] = [];
  const turn = (isToTell: boolean) => {
    renderer.tell({ [REVISION_HEADER]: REVISION, ...(isToTell && { [WINDOW_HEADER]: '10' }) });
    if (isToTell && way === 'request') lines = renderer.takeEvidence();
    if (isToTell) return;
    renderer.refuseEvidence();
    renderer.endEvidence();
  };
  turn(isAsked);
  renderer.serve(bundleOf(config));
  const { pid, prints } = processes.start('reloader', [
    ...[`--renderer=${renderer.url}`, `--state-dir=${join(home, String(ofWeb))}`],
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
    turn,
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

const mean = (numbers: readonly number[]): number =>
  numbers.reduce((sum, one) => sum + one, 0) / numbers.length;

/** Of the mean of these, squared. */
function varianceOfMean(numbers: readonly number[]): number {
  const middle = mean(numbers);
  const squares = numbers.map((one) => (one - middle) ** 2);
  return mean(squares) / (numbers.length - 1);
}

/** Of a proxy with so many services, of so many pods each. */
export interface EvidenceOf {
  readonly services: number;
  readonly pods: number;
  readonly way: 'request' | 'polls';
}

/**
 * What evidence costs a proxy in a minute: while it is asked for it, less what the same proxy takes while it is not. What it
 * takes for everything else is several times as much, differs from process to process, and from minute to minute: one half
 * of them is asked first, and the other half then.
 */
export async function measureEvidence({ services, pods, way }: EvidenceOf): Promise<More> {
  return alone(async (scope) => {
    const all: { readonly proxy: Proxy; readonly isFirst: boolean }[] = [];
    for (let number = 0; number < 2 * PROXIES; number += 1) {
      const port = await freePort();
      const config = configOf(port, services, pods);
      const isFirst = number % 2 === 0;
      all.push({
        proxy: await startProxy(scope, { config, port, way, isAsked: isFirst }),
        isFirst,
      });
    }
    const look = () => all.map(({ proxy }) => proxy.look());
    const measure = async () => {
      look();
      await delay(MEASURE_MS);
      return look();
    };
    await delay(WARM_MS);
    const first = await measure();
    for (const { proxy, isFirst } of all) proxy.turn(!isFirst);
    await delay(TURN_MS);
    const second = await measure();
    const pairs = all.map(({ isFirst }, i) => {
      const [one, other] = [first[i] as Cost, second[i] as Cost];
      return { isFirst, asked: isFirst ? one : other, not: isFirst ? other : one };
    });
    const more = (of: (cost: Cost) => number, which = pairs) =>
      which.map(({ asked, not }) => of(asked) - of(not));
    const ofBoth = ({ reloaderMs, haproxyMs }: Cost) => reloaderMs + haproxyMs;
    // What all take more in one half of the time than in the other is no error: it is in one half with the other sign.
    const halves = [true, false].map((half) => pairs.filter(({ isFirst }) => isFirst === half));
    const variances = halves.map((half) => varianceOfMean(more(ofBoth, half)));
    return {
      reloaderMs: mean(more(({ reloaderMs }) => reloaderMs)),
      haproxyMs: mean(more(({ haproxyMs }) => haproxyMs)),
      errorMs: Math.sqrt(mean(variances) / 2),
      bytes: mean(pairs.map(({ asked }) => asked.bytes)),
    };
  });
}
