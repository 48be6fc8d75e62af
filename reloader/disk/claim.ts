import { rm } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';

/** Another reloader keeps this state folder. */
export class ClaimError extends Error {
  override readonly name = 'ClaimError';
  readonly code = 'state-dir-taken';
  readonly hint = 'End the other reloader, or give each its own STATE_DIR.';
}

const isHeld = (path: string): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(path);
    socket.on('connect', () => resolve(true)).on('error', () => resolve(false));
    socket.on('connect', () => socket.destroy());
  });

/**
 * Keeps a second reloader off the state folder, by a socket that dies with its process.
 *
 * @throws ClaimError
 */
export async function claim(path: string): Promise<Server> {
  if (await isHeld(path)) throw new ClaimError(`another reloader holds ${path}`);
  await rm(path, { force: true });
  const server = createServer((socket) => socket.destroy());
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, resolve);
  });
  server.unref();
  return server;
}
