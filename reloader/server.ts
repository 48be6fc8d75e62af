import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { formatMetrics, isReady, type Status } from './status.ts';

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
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

/** Serves readiness, health, status and metrics. Resolves when it listens. */
export function serve(
  status: Status,
  address: { readonly host: string; readonly port: number },
): Promise<{ server: Server; address: AddressInfo }> {
  const server = createServer((request, response) => {
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.writeHead(405, { allow: 'GET, HEAD' }).end();
      return;
    }
    const { status: code, type, body } = answer(request.url?.split('?')[0] ?? '/', status);
    response.writeHead(code, { 'content-type': type, 'cache-control': 'no-store' });
    response.end(request.method === 'HEAD' ? undefined : body);
  });
  server.headersTimeout = 5_000;
  server.requestTimeout = 5_000;
  server.maxConnections = 100;
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(address, () => resolve({ server, address: server.address() as AddressInfo }));
  });
}
