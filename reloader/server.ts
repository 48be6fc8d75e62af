import { createServer, type IncomingMessage, type Server } from 'node:http';
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

/** RFC 9112, section 3.2: HTTP/1.1 needs a Host. Node would refuse it without a word of why. */
const HOSTLESS: Answer = {
  status: 400,
  type: PROBLEM_TYPE,
  body: formatProblem({
    code: 'malformed-request',
    status: 400,
    title: 'The request is not HTTP',
    detail: 'the request has no header Host',
    hint: 'Speak HTTP/1.1.',
  }),
};

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
  const refusalOf = (request: IncomingMessage): Answer | undefined => {
    if (request.httpVersion === '1.1' && request.headers.host === undefined) return HOSTLESS;
    const stranger = findStranger(request);
    return stranger && refuse(stranger);
  };
  const server = createServer({ requireHostHeader: false }, (request, response) => {
    const refusal = refusalOf(request);
    if (!refusal && request.method !== 'GET' && request.method !== 'HEAD') {
      response.writeHead(405, { allow: 'GET, HEAD' }).end();
      return;
    }
    const {
      status: code,
      type,
      body,
    } = refusal ?? answer(request.url?.split('?')[0] ?? '/', status);
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
