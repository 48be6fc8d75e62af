import { connect, type Socket } from 'node:net';

/** As much as HAProxy writes at once, and more. */
const READ_BYTES = 32_768;

/** Of all connections: what comes is handed on before anything else is read. */
const received = Buffer.allocUnsafeSlow(READ_BYTES);

/**
 * Connects to a socket of HAProxy's.
 *
 * Node's `connect` takes a signal too, and leaves a listener on it for each connection, with all that was in hand then.
 *
 * @param hurry ends the connection with an AbortError, whose cause is the reason
 * @param take is given what comes in place of `data` events: bytes that are good until it returns. A stream makes a buffer
 *   for each part of an answer, which costs more than to ask for it
 */
export function connectTo(
  path: string,
  hurry: AbortSignal | undefined,
  take?: (bytes: Uint8Array) => void,
): Socket {
  const callback = (size: number) => {
    take?.(received.subarray(0, size));
    return true;
  };
  const socket = connect({ path, ...(take && { onread: { buffer: received, callback } }) });
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
