import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';

export interface Backend {
  readonly port: number;
  readonly server: Server;
}

/** An HTTP server that answers each request with its name; `/slow?MS` after a while. */
export async function startBackend(t: TestContext, name: string): Promise<Backend> {
  const server = createServer(async (request, response) => {
    const [path, ms] = request.url?.split('?') ?? [];
    // What nobody waits for any more does not keep the process.
    if (path === '/slow') await delay(Number(ms), undefined, { ref: false });
    response.end(name);
  });
  await new Promise<void>((listening) => void server.listen(0, '127.0.0.1', listening));
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  return { port: (server.address() as AddressInfo).port, server };
}
