import { connect, type Socket } from 'node:net';

/**
 * Connects to a socket of HAProxy's.
 *
 * Node's `connect` takes a signal too, and leaves a listener on it for each connection, with all that was in hand then.
 *
 * @param hurry ends the connection with an AbortError, whose cause is the reason
 */
export function connectTo(path: string, hurry: AbortSignal | undefined): Socket {
  const socket = connect({ path });
  if (hurry === undefined) return socket;
  const cut = () => {
    const error = new Error('the connection to HAProxy was cut', { cause: hurry.reason });
    error.name = 'AbortError';
    socket.destroy(error);
  };
  if (hurry.aborted) cut();
  hurry.addEventListener('abort', cut);
  return socket.once('close', () => hurry.removeEventListener('abort', cut));
}
