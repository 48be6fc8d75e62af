import { rm } from 'node:fs/promises';
import { connect, createServer, type Socket } from 'node:net';

/** Another reloader keeps this state folder. */
export class LockError extends Error {
  override readonly name = 'LockError';
  readonly code = 'state-dir-taken';
  readonly hint = 'End the other reloader, or give each its own STATE_DIR.';
}

/** The lock of a state folder. */
export interface Lock {
  /** Gives the connections of this machine's other commands to somebody who answers them; until then they are ended. */
  answer(serve: (socket: Socket) => void): void;
  close(): void;
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
 * @throws LockError
 */
export async function lock(path: string): Promise<Lock> {
  if (await isHeld(path)) throw new LockError(`another reloader holds ${path}`);
  await rm(path, { force: true });
  let serve = (socket: Socket): void => void socket.destroy();
  // Half open: who has asked, and has nothing more to say, is answered.
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    // Whoever looks whether the folder is held goes away at once.
    socket.on('error', () => socket.destroy());
    serve(socket);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, resolve);
  });
  server.unref();
  return {
    answer(by) {
      serve = by;
    },
    close: () => void server.close(),
  };
}
