import { rm, stat } from 'node:fs/promises';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { dirname } from 'node:path';

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

const taken = (path: string) => new LockError(`another reloader holds ${path}`);

/** @throws LockError where somebody listens there */
function listen(server: Server, at: string, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(error.code === 'EADDRINUSE' ? taken(path) : error),
    );
    server.listen(at, resolve);
  });
}

/**
 * Of those that start in the same instant in one pod the kernel lets in one: an abstract address, here that of the
 * folder, is given once, and free again with its process. Source: unix(7).
 */
async function exclude(path: string): Promise<Server | undefined> {
  if (process.platform !== 'linux') return undefined;
  const { dev, ino } = await stat(dirname(path), { bigint: true });
  const server = createServer((socket) => void socket.destroy());
  await listen(server, `\0haproxy-reloader ${dev} ${ino}`, path);
  return server.unref();
}

/**
 * Keeps a second reloader off the state folder, by a socket that dies with its process.
 *
 * @throws LockError
 */
export async function lock(path: string): Promise<Lock> {
  const exclusion = await exclude(path);
  let serve = (socket: Socket): void => void socket.destroy();
  // Half open: who has asked, and has nothing more to say, is answered.
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    // Whoever looks whether the folder is held goes away at once.
    socket.on('error', () => socket.destroy());
    serve(socket);
  });
  try {
    // Of another pod, which may have the same folder.
    if (await isHeld(path)) throw taken(path);
    await rm(path, { force: true });
    await listen(server, path, path);
  } catch (error) {
    exclusion?.close();
    throw error;
  }
  server.unref();
  return {
    answer(by) {
      serve = by;
    },
    close() {
      server.close();
      exclusion?.close();
    },
  };
}
