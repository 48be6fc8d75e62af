import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ListenError } from '../functions/wire/listen-error.ts';
import { createFindStranger, STRANGERS, type Stranger } from '../functions/wire/own-hosts.ts';
import { formatProblem, PROBLEM_TYPE } from '../functions/wire/problem.ts';
import { formatMetrics, isReady, type Status } from './status.ts';

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

export interface ServeOptions {
  readonly host: string;
  readonly port: number;
  /** Names beside the host's that requests may be for. */
  readonly allowedHosts?: readonly string[];
}

const text = (status: number, body: string): Answer => ({ status, type: 'text/plain', body });

function answer(path: string, status: Status): Answer {
  if (path === '/healthz') return text(200, 'ok\n');
  if (path === '/readyz') return isReady(status) ? text(200, 'ready\n') : text(503, 'not ready\n');
  if (path === '/metrics')
    return { status: 200, type: 'text/plain; version=0.0.4', body: formatMetrics(status) };
  if (path === '/status') {
    const body = `${JSON.stringify({ ready: isReady(status), ...status }, undefined, 2)}\n`;
    return { status: 200, type: 'application/json', body };
  }
  return text(404, 'see /readyz, /healthz, /status, /metrics\n');
}

function refuse({ code, detail }: Stranger): Answer {
  const { status } = STRANGERS[code];
  return { status, type: PROBLEM_TYPE, body: formatProblem({ ...STRANGERS[code], code, detail }) };
}

/**
 * Serves readiness, health, status and metrics. Resolves when it listens.
 *
 * @throws ListenError
 */
export function serve(
  status: Status,
  { host, port, allowedHosts = [] }: ServeOptions,
): Promise<{ server: Server; address: AddressInfo }> {
  const findStranger = createFindStranger({ listen: host, more: allowedHosts });
  const server = createServer((request, response) => {
    const stranger = findStranger(request);
    if (!stranger && request.method !== 'GET' && request.method !== 'HEAD') {
      response.writeHead(405, { allow: 'GET, HEAD' }).end();
      return;
    }
    const {
      status: code,
      type,
      body,
    } = stranger ? refuse(stranger) : answer(request.url?.split('?')[0] ?? '/', status);
    response.writeHead(code, { 'content-type': type, 'cache-control': 'no-store' });
    response.end(request.method === 'HEAD' ? undefined : body);
  });
  server.headersTimeout = 5_000;
  server.requestTimeout = 5_000;
  server.maxConnections = 100;
  return new Promise((resolve, reject) => {
    server.once('error', (error) => reject(new ListenError(error, { host, port })));
    server.listen({ host, port }, () =>
      resolve({ server, address: server.address() as AddressInfo }),
    );
  });
}
