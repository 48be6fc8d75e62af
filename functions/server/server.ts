import {
  createServer as createPlainServer,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import type { KeyPair } from '../http/key-pair.ts';
import { ListenError } from '../wire/listen-error.ts';
import type { Log } from '../wire/log.ts';

export interface ServerLimits {
  /** Bytes of all headers of a request. */
  readonly maxHeaderSize: number;
  /** Connections beyond are closed at once. */
  readonly maxConnections: number;
  /** Within which the headers of a request must have arrived. */
  readonly headersTimeoutMs: number;
  /** Within which all of a request must have arrived, unless its body is one that lasts. */
  readonly requestTimeoutMs: number;
  /** For how long a connection may wait for its next request. */
  readonly keepAliveTimeoutMs: number;
  /** A client that takes no byte of its answer for this long is cut off. */
  readonly stallMs: number;
}

export interface ServerOptions {
  readonly app: RequestListener;
  readonly onMalformed: (error: Error, socket: Duplex) => void;
  readonly listen: { readonly host: string; readonly port: number };
  readonly limits: ServerLimits;
  readonly keyPair?: KeyPair;
  readonly log: Log;
}

export interface RunningServer {
  /** `http://127.0.0.1:8080`: where it really listens. */
  readonly url: string;
  /** Takes new key and certificate for the connections to come. @throws where they cannot be used; the old ones stay */
  replaceKeyPair(keyPair: KeyPair): void;
  /** Ends: no new connections, then those there are as their answers are sent, and all of them after `boundMs`. */
  close(boundMs: number): Promise<void>;
}

/** Times out of the box longer than a load balancer's 60 s, so that it is never we who close first. */
export const LIMITS: ServerLimits = {
  maxHeaderSize: 16_384,
  maxConnections: 30_000,
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 30_000,
  keepAliveTimeoutMs: 75_000,
  stallMs: 60_000,
};

/**
 * Connections that the system completes before they are accepted: a fleet that dials at once. The system cuts this to
 * a limit of its own (net.core.somaxconn, 4096 on Linux); beyond that, clients try again after a second.
 */
const BACKLOG = 16_384;

/** RFC 9112, section 3.2: HTTP/1.1 needs a Host. Node would refuse it without a word of why. */
function withHost({ app, onMalformed }: ServerOptions): RequestListener {
  return (request, response) => {
    const { httpVersion, headers, socket } = request;
    if (httpVersion === '1.1' && headers.host === undefined)
      onMalformed(new Error('the request has no header Host'), socket);
    else app(request, response);
  };
}

function create(options: ServerOptions): Server {
  const { limits, keyPair } = options;
  const app = withHost(options);
  const settings = {
    maxHeaderSize: limits.maxHeaderSize,
    headersTimeout: limits.headersTimeoutMs,
    requestTimeout: 0,
    keepAliveTimeout: limits.keepAliveTimeoutMs,
    connectionsCheckingInterval: Math.min(5_000, Math.ceil(limits.headersTimeoutMs / 2)),
    // Finds held clients that vanished without a word.
    keepAlive: true,
    keepAliveInitialDelay: 15_000,
    noDelay: true,
    requireHostHeader: false,
  };
  if (keyPair === undefined) return createPlainServer(settings, app);
  return createTlsServer({ ...settings, ...secure(keyPair), handshakeTimeout: 10_000 }, app);
}

/** Client certificates are asked for where there is a CA for them; whether one is needed is for access control to say. */
function secure(keyPair: KeyPair) {
  const asks = keyPair.ca !== undefined;
  return {
    ...keyPair,
    // A session is resumed in its own context alone: by default that of one command line.
    sessionIdContext: 'kubernetes-haproxy',
    minVersion: 'TLSv1.2',
    requestCert: asks,
    rejectUnauthorized: false,
  } as const;
}

function shownHost({ address, family }: AddressInfo): string {
  return family === 'IPv6' ? `[${address}]` : address;
}

/**
 * Lets `close` end every connection that has no request under way, and the others as theirs are answered. Node's own
 * closeIdleConnections passes over connections that never sent a request, and cuts answers that are still being sent.
 */
function endGently(server: Server, event: 'connection' | 'secureConnection') {
  const requests = new Map<Duplex, number>();
  let isClosing = false;
  const count = (socket: Duplex, change: number) => {
    const left = requests.get(socket);
    if (left === undefined) return;
    requests.set(socket, left + change);
    if (isClosing && left + change === 0) socket.end();
  };
  // Shared by all connections and answers: thousands are held.
  function forget(this: Duplex): void {
    requests.delete(this);
  }
  function countAnswered(this: ServerResponse): void {
    count(this.req.socket, -1);
  }
  server.on(event, (socket: Duplex) => {
    requests.set(socket, 0);
    socket.on('close', forget);
    if (isClosing) socket.destroy();
  });
  server.on('request', ({ socket }, response) => {
    count(socket, 1);
    response.on('close', countAnswered);
  });
  server.closeIdleConnections = () => {
    isClosing = true;
    for (const [socket, left] of requests) if (left === 0) socket.destroy();
  };
}

/**
 * Listens for HTTP, or for HTTPS where there is a key pair.
 *
 * @throws ListenError
 */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const server = create(options);
  server.maxConnections = options.limits.maxConnections;
  server.on('clientError', options.onMalformed);
  // RFC 9110, section 10.1.1: what nobody knows may be ignored.
  server.on('checkExpectation', (request, response) => server.emit('request', request, response));
  endGently(server, options.keyPair ? 'secureConnection' : 'connection');
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(new ListenError(error, options.listen)));
    server.listen({ ...options.listen, backlog: BACKLOG }, () => resolve());
  });
  // Such as no file descriptors left: what is connected is served on.
  server.on('error', (error) => options.log.error('cannot accept a connection', { error }));
  const address = server.address() as AddressInfo;
  const scheme = options.keyPair === undefined ? 'http' : 'https';
  return {
    url: `${scheme}://${shownHost(address)}:${address.port}`,
    replaceKeyPair(keyPair) {
      if ('setSecureContext' in server)
        (server as ReturnType<typeof createTlsServer>).setSecureContext(secure(keyPair));
    },
    close: (boundMs) =>
      new Promise((resolve) => {
        const cut = setTimeout(() => server.closeAllConnections(), boundMs);
        server.close(() => {
          clearTimeout(cut);
          resolve();
        });
      }),
  };
}
