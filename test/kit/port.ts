import { createServer } from 'node:net';

/** Below the range from which the system takes ports for outgoing connections, so that none of those comes between. */
const [FIRST, COUNT] = [10_240, 22_000];
/** Far enough from where any other test that runs now has begun, as numbers of processes that run at once lie near. */
const STRIDE = 97;

let next = process.pid * STRIDE;

const isFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer();
    server.on('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });

/** A port of 127.0.0.1 that nobody listened on a moment ago, and that nobody else is given soon. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = FIRST + (next % COUNT);
    next += 1;
    if (await isFree(port)) return port;
  }
}
