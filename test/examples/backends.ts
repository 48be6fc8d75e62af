import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Server } from 'node:net';
import type { TestContext } from 'node:test';

/** The servers of a configuration: pod by the address that the configuration has for it. */
export type Addresses = ReadonlyMap<string, string>;

/** What a pod of the tests answers, as JSON. */
export interface Echo {
  readonly pod: string;
  readonly url: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
}

type Answer = (pod: string, request: IncomingMessage, response: ServerResponse) => void;

/** Tells who was asked, and for what. */
export const echo: Answer = (pod, { url, method, headers }, response) => {
  response.setHeader('Content-Type', 'application/json');
  response.end(JSON.stringify({ pod, url, method, headers }));
};

async function listen(t: TestContext, server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  return (server.address() as AddressInfo).port;
}

/** Starts an HTTP server that stands for a pod; gives its port. */
export async function startPod(t: TestContext, pod: string, answer = echo): Promise<number> {
  const server = createServer((request, response) => answer(pod, request, response));
  t.after(() => server.closeAllConnections());
  return listen(t, server);
}

/** Starts a TCP server that answers its name, a line feed, and what it gets. */
export async function startTcpPod(t: TestContext, pod: string): Promise<number> {
  const server = createTcpServer((socket) => {
    socket.on('error', () => socket.destroy());
    socket.write(`${pod}\n`);
    socket.pipe(socket);
  });
  return listen(t, server);
}

/** A cache as Varnish is one: it keeps what the origin answers to GET, by host and URL. */
export function cacheOf(originPort: () => number): Answer {
  const kept = new Map<string, Buffer>();
  return (pod, { url = '/', headers }, response) => {
    const key = `${headers.host} ${url}`;
    const known = kept.get(key);
    response.setHeader('X-Cache', `${known ? 'hit' : 'miss'} ${pod}`);
    if (known) {
      response.end(known);
      return;
    }
    const forward = request(
      { host: '127.0.0.1', port: originPort(), path: url, headers },
      (origin) => {
        const parts: Buffer[] = [];
        origin.on('data', (part: Buffer) => parts.push(part));
        origin.on('end', () => {
          kept.set(key, Buffer.concat(parts));
          response.end(kept.get(key));
        });
      },
    );
    forward.on('error', () => response.writeHead(502).end());
    forward.end();
  };
}
